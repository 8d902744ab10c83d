import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Attempts } from './attempts.ts'
import { checkPolicy, createConnections } from './connections.ts'
import { showQueue } from './queue-metrics.ts'
import { createQueueWorker } from './queue-worker.ts'
import { createRelay, type QueueNeeds } from './queue.ts'

interface Needs extends QueueNeeds {
  url: string
  log: FastifyBaseLogger
  shown: Pick<FastifyInstance, 'metrics' | 'sampled'>
  attempts: Attempts
  /** 0: only gives jobs to the queue, and does none. */
  concurrency: number
  failed: (error: unknown) => void
  /** There may be room in the queue. */
  onRoom: () => void
}

/** Longest wait for the queue to close, in ms: its Redis may be gone. */
const CLOSE_LIMIT_MS = 1000

/** BullMQ between the outbox and the processes of the fleet. Loaded only where there is Redis. */
export function createBull ({ url, log, shown, attempts, concurrency, failed, onRoom, ...needs }: Needs) {
  const { commands, waiting } = createConnections(url, log)
  const { queue, relay } = createRelay(commands, needs)
  queue.on('error', failed)
  showQueue(shown, queue)
  const worker = concurrency > 0 ? createQueueWorker(waiting, { ...needs, attempts, concurrency, failed }) : null
  worker?.on('completed', onRoom).on('failed', onRoom)
  let isKnown = false
  const known = Promise.all([queue.waitUntilReady(), worker?.waitUntilReady()]).then(() => {
    isKnown = true
    onRoom()
    checkPolicy(commands, log).catch(failed)
  }).catch(failed)

  /** Whether Redis answers. */
  const isReady = (): boolean => isKnown && commands.status === 'ready' && waiting.status === 'ready'

  return {
    relay,
    isReady,

    /** For those who look at it; what they ask for fails at once, or after 2 s without an answer, while Redis is away. */
    view: { queue, isReady },

    /** Resolves when Redis is there, or after `limitMs`. */
    begin: (limitMs: number): Promise<unknown> => Promise.race([known, delay(limitMs, undefined, { ref: false })]),

    /** Takes no more jobs. */
    pause: async (): Promise<void> => { await worker?.pause(true) },

    async close (): Promise<void> {
      const limit = setTimeout(() => { for (const client of [commands, waiting]) client.disconnect() }, CLOSE_LIMIT_MS)
      await Promise.allSettled([worker?.close(true), queue.close()])
      clearTimeout(limit)
      for (const client of [commands, waiting]) client.disconnect()
    }
  }
}
