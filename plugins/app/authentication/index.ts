import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
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

type Refusal = Error | undefined

/** Says to caches what the answer depends on, and that what a caller may see is for that caller alone. */
function declarePrivacy (request: FastifyRequest, reply: FastifyReply, access: Access): void {
  if (access === 'optional') reply.header('vary', 'Authorization')
  if (access !== 'optional' || hasCredentials(request)) reply.header('cache-control', 'private, no-cache')
}

const hasCredentials = ({ headers }: FastifyRequest): boolean => headers.authorization !== undefined

/** For routes that do not ask who makes the request: its address pays. */
function createCounter ({ rateLimits }: FastifyInstance): onRequestHookHandler {
  return function count (request, reply, done): void { rateLimits.admit(request, reply, done) }
}

/** In three steps: who makes the request, whether that caller's budget allows it, and whether the caller may make it. */
function createGuard (fastify: FastifyInstance, access: Access): onRequestHookHandler {
  const { access: rules, rateLimits } = fastify
  const readCaller = createTokenReader(fastify)

  /** Sets the caller; what is wrong with the credentials is told to `next`, and refused in the last step only. */
  function identify (request: FastifyRequest, next: (refusal: Refusal) => void): void {
    let refusal: Refusal
    try {
      if (access !== 'optional' || hasCredentials(request)) request.caller = readCaller(request)
    } catch (error) {
      refusal = error as Error
    }
    next(refusal)
  }

  function enforce ({ caller }: FastifyRequest, refusal: Refusal): Refusal {
    try {
      // without a caller there is a refusal
      if (refusal === undefined && access === 'admin') rules.requireAdmin(caller as Caller)
      return refusal
    } catch (error) {
      return error as Error
    }
  }

  return function guard (request, reply, done): void {
    declarePrivacy(request, reply, access)
    identify(request, function identified (refusal) {
      rateLimits.admit(request, reply, function admitted (error) {
        done(error ?? enforce(request, refusal))
      })
    })
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
    const guard = access === undefined || access === 'public' ? createCounter(fastify) : createGuard(fastify, access)
    route.onRequest = [guard, ...[route.onRequest ?? []].flat()]
    if (access !== 'analyst') return
    async function requireAnalyst ({ caller }: FastifyRequest): Promise<void> {
      // the guard has set it
      await fastify.access.requireAnalyst(caller as Caller)
    }
    // the database is asked within the context of the request, and before its body is read
    route.preParsing = [requireAnalyst, ...[route.preParsing ?? []].flat()]
  })
}, { name: 'authentication', dependencies: ['access', 'jwt', 'rate-limits', 'sensible'] })
