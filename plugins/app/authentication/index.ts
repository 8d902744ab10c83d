import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../../../schemas/users.ts'
import { createCredentialsReader } from './credentials-reader.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may use the route. `public` never looks at a token; `optional` verifies one if it is sent;
     * the others ask for one, `analyst` and `admin` for that role too.
     */
    access?: 'public' | 'optional' | 'user' | 'analyst' | 'admin'
    /** Least scope of the API keys that may use the route; `full`: none may. By default all may read, and none do anything else. */
    scope?: 'read' | 'trade' | 'full'
  }
  interface FastifyRequest {
    /** Who makes the request; null for anonymous ones and on public routes. */
    caller: Caller | null
  }
}

/** Routes that must say who may use them. */
const API = /^\/(v1|graphql)(\/|$)/

type Access = 'optional' | 'user' | 'analyst' | 'admin'
type Scope = NonNullable<FastifyContextConfig['scope']>
interface Asked {
  access: Access
  scope: Scope
}

/** What a route asks of API keys unless it says so: reading is for all of them, whatever else it does for none. */
function scopeOf (access: Access, { config, method }: RouteOptions): Scope {
  if (access === 'admin') return 'full'
  return config?.scope ?? ([method].flat().every((name) => name === 'GET' || name === 'HEAD') ? 'read' : 'full')
}

/** For routes that do not ask who makes the request: its address pays. */
function createCounter ({ rateLimits }: FastifyInstance): onRequestHookHandler {
  return function count (request, reply, done): void { rateLimits.admit(request, reply, done) }
}

/** In three steps: who makes the request, whether that caller's budget allows it, and whether the caller may make it. */
function createGuard (fastify: FastifyInstance, { access, scope }: Asked): onRequestHookHandler {
  const { access: rules, credentials, rateLimits } = fastify
  const readCredentials = createCredentialsReader(fastify)

  /** Says to caches what the answer depends on, and that what a caller may see is for that caller alone. */
  function declarePrivacy (reply: FastifyReply, isAnonymous: boolean): void {
    if (access === 'optional') reply.header('vary', credentials.vary)
    if (access !== 'optional' || !isAnonymous) reply.header('cache-control', 'private, no-cache')
  }

  function check ({ caller }: FastifyRequest): void {
    if (access === 'optional' && caller === null) return
    const known = rules.requireCaller(caller)
    rules.requireScope(known, scope)
    if (access === 'admin') rules.requireAdmin(known)
  }

  function enforce (request: FastifyRequest, refusal: Error | undefined): Error | undefined {
    try {
      if (refusal === undefined) check(request)
      return refusal
    } catch (error) {
      return error as Error
    }
  }

  return function guard (request, reply, done): void {
    declarePrivacy(reply, !credentials.areIn(request.headers))
    // what is wrong with the credentials is remembered, and refused in the last step only
    readCredentials(request, function identified (refusal, caller) {
      request.caller = caller
      rateLimits.admit(request, reply, function admitted (error) {
        done(error ?? enforce(request, refusal))
      })
    })
  }
}

/**
 * Reads access tokens and API keys on the routes whose `config.access` asks for it; what is sent and bad is always a 401.
 * A route of the API without `config.access` does not start. Tokens count until they expire, also after a sign-out.
 */
export default fp(async function authentication (fastify) {
  fastify.decorateRequest('caller', null)

  fastify.addHook('onRoute', function attachGuard (route) {
    const access = route.config?.access
    if (access === undefined && API.test(route.url)) {
      throw new Error(`${[route.method].join()} ${route.url} does not declare config.access`)
    }
    if (access === undefined || access === 'public') {
      route.onRequest = [createCounter(fastify), ...[route.onRequest ?? []].flat()]
      return
    }
    const scope = scopeOf(access, route)
    route.config = { ...route.config, scope }
    route.onRequest = [createGuard(fastify, { access, scope }), ...[route.onRequest ?? []].flat()]
    if (access !== 'analyst') return
    async function requireAnalyst ({ caller }: FastifyRequest): Promise<void> {
      // the guard has set it
      await fastify.access.requireAnalyst(caller as Caller)
    }
    // the database is asked within the context of the request, and before its body is read
    route.preParsing = [requireAnalyst, ...[route.preParsing ?? []].flat()]
  })
}, { name: 'authentication', dependencies: ['access', 'api-keys', 'credentials', 'jwt', 'rate-limits', 'sensible'] })
