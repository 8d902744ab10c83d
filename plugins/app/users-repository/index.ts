import fp from 'fastify-plugin'
import { createUserQueries } from './queries.ts'
import { createUserStats } from './stats.ts'
import { createUserWrites } from './writes.ts'

export type { ProjectedUser } from './queries.ts'
export type { StoredUserStats } from './stats.ts'

declare module 'fastify' {
  interface FastifyInstance {
    usersRepository: ReturnType<typeof createUserQueries> & ReturnType<typeof createUserStats> & ReturnType<typeof createUserWrites>
  }
}

/** Queries of `users`, and of what counts for a user. */
export default fp(async function usersRepository (fastify) {
  fastify.decorate('usersRepository', { ...createUserQueries(fastify), ...createUserStats(fastify), ...createUserWrites(fastify) })
}, {
  name: 'users-repository',
  dependencies: ['cache', 'config', 'documents', 'keyset', 'performance-monitor', 'related-keys', 'safe-find', 'sensible']
})
