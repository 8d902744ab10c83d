import fp from 'fastify-plugin'
import { createAnalystCaches } from './caches.ts'
import { createAnalystQueries } from './queries.ts'
import { createAnalystWrites } from './writes.ts'

export type { ProjectedAnalyst, StoredAnalyst } from './queries.ts'

declare module 'fastify' {
  interface FastifyInstance {
    analystsRepository: ReturnType<typeof createAnalystQueries> & ReturnType<typeof createAnalystCaches> & ReturnType<typeof createAnalystWrites>
  }
}

/** Queries of `analysts`; single ones and the best ones are cached. */
export default fp(async function analystsRepository (fastify) {
  const queries = createAnalystQueries(fastify)
  fastify.decorate('analystsRepository', { ...queries, ...createAnalystCaches(fastify, queries), ...createAnalystWrites(fastify) })
}, {
  name: 'analysts-repository',
  dependencies: ['cache', 'documents', 'keyset', 'performance-monitor', 'related-keys', 'safe-find', 'sensible']
})
