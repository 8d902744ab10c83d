import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../../../schemas/users.ts'
import { createTokenReader } from './token-reader.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may use the route. `public` never looks at a token; `optional` verifies one if it is sent;
     * the others ask for one, `analyst` and `admin` for that role too.
     */
    access?: 'public' | 'optional' | 'user' | 'analyst' | 'admin'
  }
  interface FastifyRequest {
    /** Who makes the request; null for anonymous ones and on public routes. */
    caller: Caller | null
  }
}

/** Routes that must say who may use them. */
const API = /^\/(v1|graphql)(\/|$)/

type Access = 'optional' | 'user' | 'analyst' | 'admin'

/** Asks nobody else, so that it costs anonymous callers next to nothing. */
function createGuard (fastify: FastifyInstance, access: Access): onRequestHookHandler {
  const { access: rules } = fastify
  const readCaller = createTokenReader(fastify)

  return function authenticate (request, reply, done): void {
    if (access === 'optional') {
      reply.header('vary', 'Authorization')
      if (request.headers.authorization === undefined) {
        done()
        return
      }
    }
    // what a caller may see is for that caller alone
    reply.header('cache-control', 'private, no-cache')
    request.caller = readCaller(request)
    if (access === 'admin') rules.requireAdmin(request.caller)
    done()
  }
}

/**
 * Verifies access tokens on the routes whose `config.access` asks for it; a token that is sent and bad is always a 401.
 * A route of the API without `config.access` does not start. Tokens count until they expire, also after a sign-out.
 */
export default fp(async function authentication (fastify) {
  fastify.decorateRequest('caller', null)

  fastify.addHook('onRoute', function attachGuard (route) {
    const access = route.config?.access
    if (access === undefined && API.test(route.url)) {
      throw new Error(`${[route.method].join()} ${route.url} does not declare config.access`)
    }
    if (access === undefined || access === 'public') return
    route.onRequest = [createGuard(fastify, access), ...[route.onRequest ?? []].flat()]
    if (access !== 'analyst') return
    async function requireAnalyst ({ caller }: FastifyRequest): Promise<void> {
      // the guard has set it
      await fastify.access.requireAnalyst(caller as Caller)
    }
    // the database is asked within the context of the request, and before its body is read
    route.preParsing = [requireAnalyst, ...[route.preParsing ?? []].flat()]
  })
}, { name: 'authentication', dependencies: ['access', 'jwt', 'sensible'] })
