import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Sent } from './answer.ts'
import { createFastPath } from './fast-path.ts'
import { createMaking, type Handle } from './making.ts'
import { createResponseMetrics } from './metrics.ts'
import { createSender, createWriter, varyOf } from './sender.ts'
import { createStore } from './store.ts'
import { wantedOf, type RouteCache, type Wanted } from './wanted.ts'

export type { RouteCache, Wanted } from './wanted.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers 200 of the route are kept, ready to be sent. Only for GET. */
    cache?: RouteCache
  }
  interface FastifyInstance {
    responseCache: ReturnType<typeof createResponseCache>
  }
  interface FastifyRequest {
    /** The answer that this request looks for; null on routes that keep none. */
    wanted: Wanted | null
  }
}

function createResponseCache (fastify: FastifyInstance) {
  const store = createStore(fastify.cache, fastify.config.RESPONSE_CACHE_MEMORY_BYTES)
  const making = createMaking(fastify.cache)
  const write = createWriter(fastify)
  const send = createSender(write)
  const counts = createResponseMetrics(fastify, store.size)
  const fastPath = createFastPath(fastify, { store, write, countHit: () => { counts.hit += 1 } })
  const isOn = fastify.optimizationIsOn('response-cache')

  /** A new answer, or while the server is at fault and not the request, the one that is kept. */
  async function renew (wanted: Wanted, reply: FastifyReply, handle: Handle): Promise<Pick<Sent, 'answer' | 'outcome'>> {
    try {
      const answer = await making.start(wanted, reply, handle)
      store.keep(wanted, answer)
      return { answer, outcome: 'fwd=miss; stored' }
    } catch (error) {
      const kept = fastify.problemOf(error).status >= 500 ? store.find(wanted) : undefined
      if (kept === undefined) throw error
      return { answer: kept.answer, outcome: 'hit' }
    }
  }

  return {
    isOn,

    /**
     * Sends what is kept and answers true, or a promise if it is sent later. False if the answer must be made: there is
     * none, or it is stale and nobody makes it anew yet.
     */
    sendKept (request: FastifyRequest, reply: FastifyReply, wanted: Wanted): boolean | Promise<boolean> {
      const kept = store.find(wanted)
      if (kept === undefined || (kept.isStale && making.underWay(wanted) === undefined)) return false
      counts[kept.isStale ? 'stale' : 'hit'] += 1
      const later = send(request, reply, { answer: kept.answer, outcome: 'hit', cacheControl: wanted.cacheControl, vary: varyOf(wanted, fastify.config) })
      if (wanted.key === request.url && !kept.isStale) fastPath.remember(request, reply, wanted, kept.answer)
      return later?.then(() => true) ?? true
    },

    /** Makes the answer by `handle`, or waits for the request that makes the same; then keeps and sends it. */
    async make (request: FastifyRequest, reply: FastifyReply, wanted: Wanted, handle: Handle): Promise<void> {
      const others = making.underWay(wanted)
      counts[others ? 'collapsed' : 'miss'] += 1
      const made = others ? { answer: await others, outcome: 'fwd=miss; collapsed' as const } : await renew(wanted, reply, handle)
      await send(request, reply, { ...made, cacheControl: wanted.cacheControl, vary: varyOf(wanted, fastify.config) })
    }
  }
}

function attach (fastify: FastifyInstance, route: RouteOptions, cache: RouteCache): void {
  const { responseCache } = fastify
  const earlier = [route.onRequest].flat().filter((hook) => hook !== undefined)
  route.onRequest = [...earlier, function sendKept (request, reply, done) {
    const wanted = wantedOf(request, cache)
    const isSent = responseCache.sendKept(request, reply, wanted)
    if (isSent instanceof Promise) isSent.catch(done)
    if (isSent !== false) return
    request.wanted = wanted
    done()
  }]
  const { handler } = route
  route.handler = async function makeAnswer (this: FastifyInstance, request, reply) {
    const handle = async (): Promise<unknown> => await handler.call(this, request, reply)
    // the hook above has set it
    await responseCache.make(request, reply, request.wanted as Wanted, handle)
  }
}

/**
 * Optimization 9: a route that declares `config.cache` serializes, compresses and tags an answer once; until it is
 * invalidated or old, the next ones are those bytes, or a 304, without a command to the database or to Redis. Only in the
 * memory of this process, bounded by bytes; without it every answer is made by its handler.
 */
export default fp(async function responseCache (fastify) {
  fastify.decorate('responseCache', createResponseCache(fastify))
  fastify.decorateRequest('wanted', null)

  fastify.addHook('onRoute', function attachCache (route) {
    const cache = route.config?.cache
    if (cache === undefined) return
    if ([route.method].flat().some((method) => method !== 'GET' && method !== 'HEAD')) {
      throw new Error(`${[route.method].join()} ${route.url} declares config.cache: only answers to GET are kept`)
    }
    if (fastify.responseCache.isOn) attach(fastify, route, cache)
  })
}, { name: 'response-cache', dependencies: ['cache', 'conditional-requests', 'config', 'credentials', 'front-door', 'metrics', 'problem-details', 'rate-limits'] })
