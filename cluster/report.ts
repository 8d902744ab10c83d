import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

const LOOK_INTERVAL_MS = 100
const MEMORY_INTERVAL_MS = 1000

/** Tells the first process when this one may take traffic, and then how much memory it has; where this is the only one, nobody. */
export async function reportReadiness (fastify: FastifyInstance): Promise<void> {
  const { worker } = cluster
  if (worker === undefined) return
  while ((await fastify.inject('/readyz')).statusCode !== 200) {
    await delay(LOOK_INTERVAL_MS)
    if (!fastify.server.listening) return
  }
  worker.send('ready')
  setInterval(() => { worker.send({ type: 'memory', bytes: process.memoryUsage.rss() }) }, MEMORY_INTERVAL_MS).unref()
}

/**
 * Resolves when no connection is on its way here any more, for a process whose listener is closed. The first process goes on
 * sending until it has heard of that; what it has sent by then comes before its answer, and is sent back unless this process
 * has ended: then it would be open for good, and answered by nobody.
 */
export async function reportClosed (): Promise<void> {
  const { worker } = cluster
  if (worker?.isConnected() !== true) return
  const heard = new Promise<void>((resolve) => {
    worker.on('message', (message) => { if (message === 'heard') resolve() })
  })
  const alone = once(worker, 'disconnect')
  worker.send('closed')
  await Promise.race([heard, alone])
}
