import cluster from 'node:cluster'
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
