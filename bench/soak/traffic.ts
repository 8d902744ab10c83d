import { setTimeout as delay } from 'node:timers/promises'
import type { Deed, Scene } from './scene.ts'

const MS_PER_S = 1000
const REFUSED = 503
const TICK_MS = 5
/** Most deeds under way: a server that answers nothing is no reason to fill this process. */
const MAX_UNDER_WAY = 500

/** How often a deed was done, and what came of it that is not right. */
export interface Tally {
  done: number
  /** By load shedding, or since too much of its kind is under way. */
  refused: number
  wrong: Map<string, number>
  /** From then on nothing is counted: what is cut off then is no fault of the server. */
  isOver: boolean
}

async function doOnce ({ run, statuses }: Deed, scene: Scene, tally: Tally): Promise<void> {
  const status = await run(scene).catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error))
  if (tally.isOver) return
  tally.done += 1
  if (typeof status === 'number' && statuses.includes(status)) return
  if (status === REFUSED) {
    tally.refused += 1
    return
  }
  tally.wrong.set(String(status), (tally.wrong.get(String(status)) ?? 0) + 1)
}

/** Begins so many deeds a second as a Poisson process, whatever becomes of those before, until it is ended. */
export function startTraffic (scene: Scene, perSecond: number, deeds: readonly Deed[]) {
  const counted = deeds.map((deed) => ({ deed, tally: { done: 0, refused: 0, wrong: new Map(), isOver: false } satisfies Tally }))
  const tallies: ReadonlyMap<string, Tally> = new Map(counted.map(({ deed, tally }) => [deed.name, tally]))
  const parts = deeds.reduce((sum, { part }) => sum + part, 0)
  const underWay = new Set<Promise<void>>()
  let skipped = 0

  function pick () {
    let left = Math.random() * parts
    return counted.find(({ deed }) => (left -= deed.part) < 0)
  }

  function begin (): void {
    const picked = pick()
    if (picked === undefined) return
    if (underWay.size >= MAX_UNDER_WAY) {
      skipped += 1
      return
    }
    const doing = doOnce(picked.deed, scene, picked.tally).finally(() => { underWay.delete(doing) })
    underWay.add(doing)
  }

  let due = performance.now()
  let isPaused = false
  const timer = setInterval(() => {
    if (isPaused) return
    for (const now = performance.now(); due <= now; due += -Math.log(1 - Math.random()) * MS_PER_S / perSecond) begin()
  }, TICK_MS)

  async function settle (patienceMs: number): Promise<void> {
    await Promise.race([Promise.all(underWay), delay(patienceMs, undefined, { ref: false })])
  }

  return {
    tallies: () => tallies,
    skipped: (): number => skipped,
    /** Begins nothing more for now; resolves when what is under way is done, or has had a while for it. */
    async pause (patienceMs: number): Promise<void> {
      isPaused = true
      await settle(patienceMs)
    },
    /** Undoes `pause`. */
    resume (): void {
      isPaused = false
      due = performance.now()
    },
    /** Ends it, as `pause` does, for good. */
    async end (patienceMs: number): Promise<void> {
      clearInterval(timer)
      await settle(patienceMs)
      for (const tally of tallies.values()) tally.isOver = true
    }
  }
}
export type Traffic = ReturnType<typeof startTraffic>
