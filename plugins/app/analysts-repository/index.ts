import fp from 'fastify-plugin'
import { createAnalystCaches, TOP } from './caches.ts'
import { createAnalystQueries } from './queries.ts'
import { createAnalystWrites } from './writes.ts'

export type { ProjectedAnalyst, StoredAnalyst } from './queries.ts'

declare module 'fastify' {
  interface FastifyInstance {
    analystsRepository: ReturnType<typeof createAnalystQueries> & ReturnType<typeof createAnalystCaches> & ReturnType<typeof createAnalystWrites>
  }
}

/** Queries of `analysts`; single ones and the best ones are cached, these kept warm. */
export default fp(async function analystsRepository (fastify) {
  const queries = createAnalystQueries(fastify)
  const caches = createAnalystCaches(fastify, queries)
  fastify.decorate('analystsRepository', { ...queries, ...caches, ...createAnalystWrites(fastify) })
  fastify.cacheWarming.add('top analysts', { warm: () => caches.top(TOP), refresh: caches.refreshTop })
}, {
  name: 'analysts-repository',
  dependencies: ['cache', 'cache-warming', 'documents', 'keyset', 'performance-monitor', 'related-keys', 'safe-find', 'sensible']
})
