import { EventEmitter } from 'node:events'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAdding } from './adding.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createFinding } from './finding.ts'
import { createHolding } from './holding.ts'
import { showOutbox } from './metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    outbox: ReturnType<typeof createOutbox>
  }
}

function createOutbox (fastify: FastifyInstance) {
  const news = new EventEmitter<{ added: [] }>()
  return {
    ...createAdding(fastify),
    /** For those who do the jobs. */
    held: { ...createFinding(fastify), ...createHolding(fastify) },
    /** For those who look after them. */
    letters: createDeadLetters(fastify),

    /** After a commit: what was added may be begun at once. */
    nudge: (): void => { news.emit('added') },
    onAdded: (listener: () => void): void => { news.on('added', listener) }
  }
}

/**
 * What must happen, written in the transaction that caused it: the collection `outbox` is the truth about jobs, whatever a
 * queue knows of them. It fails closed: what cannot be added is not done either.
 */
export default fp(async function outbox (fastify) {
  fastify.decorate('outbox', createOutbox(fastify))
  showOutbox(fastify)
}, { name: 'outbox', dependencies: ['config', 'documents', 'keyset', 'metrics', 'performance-monitor', 'tracing'] })
