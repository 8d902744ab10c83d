import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { Server } from './server.ts'
import type { World } from './world.ts'

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
export type Strike = (server: Server) => Blow

/** Shortest and longest time for which something is away, in ms: some requests outlast it, others do not. */
const OUTAGE_MS = [20, 1500] as const

async function replace (server: Server, world: World): Promise<void> {
  await server.kill()
  if (server.role !== 'worker') return
  await world.releaseJobs()
  await world.current('worker')
}

/** The strikes that are possible in a world, on a process or on what it needs. */
export function createStrikes (world: World, random: Random): ReadonlyMap<StrikeName, Strike> {
  const { engine, redis } = world
  const outage = () => delay(random.between(...OUTAGE_MS))

  function fell (victim: Killable, passesOn: boolean): Blow {
    const dead = victim.kill()
    return {
      // `over` says why it could not be killed
      passes: dead.then(() => passesOn, () => false),
      over: dead.then(outage).then(() => victim.start())
    }
  }

  const strikes = new Map<StrikeName, Strike>([
    ['kill', (server) => ({ passes: false, over: replace(server, world) })],
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
