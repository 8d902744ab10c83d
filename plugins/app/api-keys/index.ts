import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createIdentification } from './identification.ts'
import { createManagement } from './management.ts'

declare module 'fastify' {
  interface FastifyInstance {
    apiKeys: ReturnType<typeof createApiKeys>
  }
}

function createApiKeys (fastify: FastifyInstance) {
  return { ...createManagement(fastify), identify: createIdentification(fastify) }
}

/** API keys: made, listed and revoked by their users, for whom they act. Closed: while the database is away only keys used in the last 10 s count. */
export default fp(async function apiKeys (fastify) {
  fastify.decorate('apiKeys', createApiKeys(fastify))
}, {
  name: 'api-keys',
  dependencies: ['access', 'analysts-repository', 'api-keys-repository', 'audit-log', 'cache', 'presenter', 'sensible', 'users-repository']
})
