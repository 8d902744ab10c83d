import fp from 'fastify-plugin'
import { createAccess } from './rules.ts'

export type { Scope } from './rules.ts'
export type { SignalViewer } from './signal-viewer.ts'

declare module 'fastify' {
  interface FastifyInstance {
    access: ReturnType<typeof createAccess>
  }
}

/** The rules of access, in one place for REST and GraphQL. Closed when in doubt: if the database fails, so does the request. */
export default fp(async function access (fastify) {
  fastify.decorate('access', createAccess(fastify))
}, { name: 'access', dependencies: ['analysts-repository', 'sensible', 'users-repository'] })
