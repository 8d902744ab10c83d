import fp from 'fastify-plugin'
import { createAnalystQueries } from './queries.ts'
import { createAnalystWrites } from './writes.ts'

export type { ProjectedAnalyst, StoredAnalyst } from './queries.ts'

declare module 'fastify' {
  interface FastifyInstance {
    analystsRepository: ReturnType<typeof createAnalystQueries> & ReturnType<typeof createAnalystWrites>
  }
}

/** Queries of `analysts`. */
export default fp(async function analystsRepository (fastify) {
  fastify.decorate('analystsRepository', { ...createAnalystQueries(fastify), ...createAnalystWrites(fastify) })
}, {
  name: 'analysts-repository',
  dependencies: ['documents', 'keyset', 'performance-monitor', 'safe-find', 'sensible']
})
