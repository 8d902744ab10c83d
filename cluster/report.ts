import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** Environment of a process that starts while others serve. */
export const JOINS: NodeJS.ProcessEnv = { WORKER_JOINS: 'true' }

const LOOK_INTERVAL_MS = 100
/** Whoever joins and is not ready by then listens all the same: the others may have ended, and a refusal says more than silence. */
const JOIN_LIMIT_MS = 5000
const MEMORY_INTERVAL_MS = 1000

/** From the first answer of the database to this process: one that has had none would refuse what the others can answer. */
const isReady = async (fastify: FastifyInstance): Promise<boolean> => (await fastify.inject('/readyz')).statusCode === 200

/** Resolves when this process may listen: where others serve, what it cannot answer yet is for them. Rejects when it closes. */
export async function waitToListen (fastify: FastifyInstance): Promise<void> {
  if (process.env.WORKER_JOINS === undefined) return
  const limit = performance.now() + JOIN_LIMIT_MS
  while (!await isReady(fastify) && performance.now() < limit) await delay(LOOK_INTERVAL_MS)
}

/** Tells the first process when this one may take traffic, and then how much memory it has; where this is the only one, nobody. */
export async function reportReadiness (fastify: FastifyInstance): Promise<void> {
  const { worker } = cluster
  if (worker === undefined) return
  while (!await isReady(fastify)) {
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
