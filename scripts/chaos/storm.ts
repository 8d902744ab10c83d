import { setTimeout as delay } from 'node:timers/promises'
import type { Done } from './moments.ts'
import { compareAnswers, insist, type MoneyPath } from './operation.ts'
import type { Random } from './random.ts'
import { STRIKES } from './strikes.ts'
import type { World } from './world.ts'

const CLIENTS = 6
/** Shortest and longest time between two strikes, in ms. */
const CALM_MS = [20, 800] as const

export interface StormOptions {
  world: World
  paths: readonly [MoneyPath, ...MoneyPath[]]
  random: Random
  /** Whether there is to be another strike. */
  goesOn: () => boolean
  /** Told of each strike. */
  onStrike: (victim: string) => void
}

/** What may be struck in a world. */
function createVictims (world: World, paths: readonly MoneyPath[], random: Random) {
  const hasWorker = paths.some(({ roles }) => roles.includes('worker'))
  const roleOf = () => hasWorker && random.below(2) === 0 ? 'worker' as const : 'api' as const
  const victims: [name: string, strike: () => Promise<void>][] = [
    ['api killed', async () => { await STRIKES.kill(await world.current('api'), world) }],
    ['database cut off', async () => { await STRIKES.cut(await world.current(roleOf()), world, random) }]
  ]
  if (hasWorker) victims.push(['worker killed', async () => { await STRIKES.kill(await world.current('worker'), world) }])
  const { killDatabase, redis } = world
  if (killDatabase !== null) victims.push(['database killed', killDatabase])
  if (redis !== null) victims.push(['redis killed', () => redis.strike()])
  return victims
}

/** Strikes at random while clients do all sorts of things; resolves with what they did and what is wrong with their answers. */
export async function storm ({ world, paths, random, goesOn, onStrike }: StormOptions) {
  const victims = createVictims(world, paths, random)
  const done: Done[] = []
  const faults: string[] = []
  const over = new AbortController()

  async function serveClient (): Promise<void> {
    while (!over.signal.aborted) {
      const path = random.pick(paths)
      const operation = await path.prepare(world, random).catch(() => null)
      // the database is away
      if (operation === null) continue
      done.push({ path, operation, answer: await insist(operation, world) })
      const earlier = done[random.below(done.length)]
      if (earlier === undefined) continue
      const again = await insist(earlier.operation, world)
      faults.push(...compareAnswers([earlier.answer, again]).map((fault) => `${earlier.operation.title}: ${fault}`))
    }
  }
  async function strikeOn (): Promise<void> {
    try {
      while (goesOn()) {
        await delay(random.between(...CALM_MS))
        const [name, strike] = victims[random.below(victims.length)] ?? []
        await strike?.()
        onStrike(String(name))
      }
    } finally {
      over.abort()
    }
  }

  await Promise.all([strikeOn(), ...Array.from({ length: CLIENTS }, serveClient)])
  return { done, faults }
}
