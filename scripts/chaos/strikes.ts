import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { Role } from './server.ts'

export const STRIKE_NAMES = ['kill', 'cut', 'kill-redis', 'kill-database'] as const
export type StrikeName = typeof STRIKE_NAMES[number]

/** What can be killed, and started again with what it had kept. */
export interface Killable {
  /** Resolves when it is dead. */
  kill: () => Promise<void>
  start: () => Promise<void>
}

/** What has been begun by a strike. */
export interface Blow {
  /** Whether that passes on which was to pass at that moment; it waits until this is known. */
  passes: boolean | Promise<boolean>
  /** Resolves when what was struck is there again. */
  over: Promise<void>
}

/** The process that a strike is about. */
export interface Victim {
  role: Role
  kill: () => Promise<void>
  proxy: { cut: () => void, mend: () => void }
}
export type Strike = (victim: Victim) => Blow

/** What else a strike needs, or hits; null where it must not, or is not there. */
export interface Scenery {
  engine: Killable | null
  redis: Killable | null
  releaseJobs: () => Promise<void>
  /** The process that works in a role; if it has been killed, the next one. */
  current: (role: Role) => Promise<unknown>
}

/** Shortest and longest time for which something is away, in ms: some requests outlast it, others do not. */
const OUTAGE_MS = [20, 1500] as const

async function replace (victim: Victim, { releaseJobs, current }: Scenery): Promise<void> {
  await victim.kill()
  if (victim.role !== 'worker') return
  await releaseJobs()
  await current('worker')
}

/** The strikes that are possible there, on a process or on what it needs. */
export function createStrikes (scenery: Scenery, random: Pick<Random, 'between'>): ReadonlyMap<StrikeName, Strike> {
  const { engine, redis } = scenery
  const outage = () => delay(random.between(...OUTAGE_MS))

  function fell (service: Killable, passesOn: boolean): Blow {
    const dead = service.kill()
    return {
      // `over` says why it could not be killed
      passes: dead.then(() => passesOn, () => false),
      over: dead.then(outage).then(() => service.start())
    }
  }

  const strikes = new Map<StrikeName, Strike>([
    ['kill', (victim) => ({ passes: false, over: replace(victim, scenery) })],
    ['cut', ({ proxy }) => {
      proxy.cut()
      return { passes: false, over: outage().then(() => { proxy.mend() }) }
    }]
  ])
  // a write is not lost by that
  if (redis !== null) strikes.set('kill-redis', () => fell(redis, true))
  if (engine !== null) strikes.set('kill-database', () => fell(engine, false))
  return strikes
}
