import { setTimeout as delay } from 'node:timers/promises'
import type { Done } from './moments.ts'
import { compareAnswers, insist, type MoneyPath } from './operation.ts'
import type { Random } from './random.ts'
import type { Role } from './server.ts'
import { createStrikes, type StrikeName } from './strikes.ts'
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

/** What is struck, in which role; without one in any. */
const VICTIMS: readonly { title: string, name: StrikeName, role?: Role }[] = [
  { title: 'api killed', name: 'kill', role: 'api' },
  { title: 'worker killed', name: 'kill', role: 'worker' },
  { title: 'database cut off', name: 'cut' },
  { title: 'database killed', name: 'kill-database' },
  { title: 'redis killed', name: 'kill-redis' }
]

/** What may be struck in a world. */
function createVictims (world: World, paths: readonly MoneyPath[], random: Random) {
  const roles = [...new Set(paths.flatMap((path) => path.roles))]
  const strikes = createStrikes(world, random)
  const victims: [title: string, strike: () => Promise<void>][] = []
  for (const { title, name, role } of VICTIMS) {
    const strike = strikes.get(name)
    if (strike === undefined || (role !== undefined && !roles.includes(role))) continue
    victims.push([title, async () => { await strike(await world.current(role ?? roles[random.below(roles.length)] ?? 'api')).over }])
  }
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
