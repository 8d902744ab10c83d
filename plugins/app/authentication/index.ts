import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../../../schemas/users.ts'
import { createCookieReader, createCredentialsReader } from './credentials-reader.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may use the route. `public` never looks at a token; `optional` verifies one if it is sent;
     * the others ask for one, `analyst` and `admin` for that role too.
     */
    access?: 'public' | 'optional' | 'user' | 'analyst' | 'admin'
    /** Least scope of the API keys that may use the route; `full`: none may. By default all may read, and none do anything else. */
    scope?: 'read' | 'trade' | 'full'
    /** The route of a page for admins: the cookie of that page says who makes the request, headers do not. It only reads. */
    signedInBy?: 'cookie'
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
  readCredentials: ReturnType<typeof createCredentialsReader>
}

const onlyReads = ({ method }: RouteOptions): boolean => [method].flat().every((name) => name === 'GET' || name === 'HEAD')

/** What a route asks of API keys unless it says so: reading is for all of them, whatever else it does for none. */
function scopeOf (access: Access, route: RouteOptions): Scope {
  if (access === 'admin') return 'full'
  return route.config?.scope ?? (onlyReads(route) ? 'read' : 'full')
}

/** For routes that do not ask who makes the request: its address pays. */
function createCounter ({ rateLimits }: FastifyInstance): onRequestHookHandler {
  return function count (request, reply, done): void { rateLimits.admit(request, reply, done) }
}

/** In three steps: who makes the request, whether that caller's budget allows it, and whether the caller may make it. */
function createGuard (fastify: FastifyInstance, { access, scope, readCredentials }: Asked): onRequestHookHandler {
  const { access: rules, credentials, rateLimits } = fastify

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

/** Asks the database about the caller: within the context of the request, and before its body is read. */
function createCheck ({ access: rules, pageSessions }: FastifyInstance, { config }: RouteOptions) {
  const byCookie = config?.signedInBy === 'cookie'
  if (!byCookie && config?.access !== 'analyst') return []
  return [async function checkStanding ({ caller }: FastifyRequest): Promise<void> {
    // the guard has set it
    const known = caller as Caller
    if (byCookie) await pageSessions.requireStandingAdmin(known)
    else await rules.requireAnalyst(known)
  }]
}

/** Browsers send cookies by themselves: a route that writes would need another proof that its page wanted it, and does not start. */
function readerFor (fastify: FastifyInstance, route: RouteOptions): Asked['readCredentials'] {
  const { config, method, url } = route
  if (config?.signedInBy !== 'cookie') return createCredentialsReader(fastify)
  if (config.access !== 'admin' || !onlyReads(route)) throw new Error(`${[method].join()} ${url} may not be signed in by a cookie`)
  return createCookieReader(fastify)
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
    const readCredentials = readerFor(fastify, route)
    const scope = scopeOf(access, route)
    route.config = { ...route.config, scope }
    route.onRequest = [createGuard(fastify, { access, scope, readCredentials }), ...[route.onRequest ?? []].flat()]
    route.preParsing = [...createCheck(fastify, route), ...[route.preParsing ?? []].flat()]
  })
}, { name: 'authentication', dependencies: ['access', 'api-keys', 'credentials', 'jwt', 'page-sessions', 'rate-limits', 'sensible'] })
