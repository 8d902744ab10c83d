import fp from 'fastify-plugin'
import { createSignalQueries } from './queries.ts'
import { createSignalWrites } from './writes.ts'

export type { ProjectedSignal, StoredSignal } from './queries.ts'
export type { SignalUpdate } from './writes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    tradeSignalsRepository: ReturnType<typeof createSignalQueries> & ReturnType<typeof createSignalWrites>
  }
}

/** Queries of `trade_signals`. */
export default fp(async function tradeSignalsRepository (fastify) {
  fastify.decorate('tradeSignalsRepository', { ...createSignalQueries(fastify), ...createSignalWrites(fastify) })
}, {
  name: 'trade-signals-repository',
  dependencies: ['documents', 'keyset', 'performance-monitor', 'related-keys', 'safe-find']
})
