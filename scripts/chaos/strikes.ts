import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { Server } from './server.ts'
import type { World } from './world.ts'

/** Shortest and longest time for which a database seems dead, in ms: some requests outlast it, others do not. */
const OUTAGE_MS = [20, 1500] as const

/** Ways in which a process loses what it does: it is killed, or it loses its database for a while. */
export const STRIKES = {
  async kill (server: Server, world: World): Promise<void> {
    await server.kill()
    if (server.role !== 'worker') return
    await world.releaseJobs()
    await world.current('worker')
  },
  async cut ({ proxy }: Server, _world: World, random: Random): Promise<void> {
    proxy.cut()
    await delay(random.between(...OUTAGE_MS))
    proxy.mend()
  }
}
export type StrikeName = keyof typeof STRIKES
