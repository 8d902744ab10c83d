import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../../schemas/config.ts'
import { ageOf, type Answer, type Ready } from './answer.ts'
import { negotiateEncoding } from './negotiation.ts'
import type { Representation } from './representation.ts'
import { foreignHeaders, headsOf, varyOf, type createWriter, type Heads } from './sender.ts'
import type { createStore } from './store.ts'
import type { Wanted } from './wanted.ts'

interface Parts {
  store: ReturnType<typeof createStore>
  write: ReturnType<typeof createWriter>
  countHit: () => void
}

const MS_PER_S = 1000
/** Levels of the log that show each request. */
const SHOWS_REQUESTS = ['debug', 'trace']

/** Requests that say who they are from, or from which site, are answered by their route: its hooks look at these headers. */
const createStrangeness = ({ credentials }: FastifyInstance) => ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && !credentials.areIn(headers) && headers.origin === undefined

interface Situation {
  now: number
  config: Config
}

function currentHeads (ready: Ready, form: Representation, { now, config }: Situation): Heads {
  const { answer, foreign, latest, wanted } = ready
  const age = ageOf(answer, now)
  if (latest?.age === age && latest.form === form) return latest.heads
  const heads = headsOf({ answer, outcome: 'hit', cacheControl: wanted.cacheControl, vary: varyOf(wanted, config), foreign }, form)
  ready.latest = { form, age, heads }
  return heads
}

/** Their values are of one request; those of the next come from the gate of its route. */
const LIMIT_HEADERS = ['ratelimit', 'ratelimit-policy']

const withLimits = (heads: Heads, limits: readonly string[]): Heads => ({ 304: [...heads[304], ...limits], 200: [...heads[200], ...limits] })

/**
 * The shortest way to a kept answer, below the framework: what its route has sent to a stranger, after all its hooks, the
 * next strangers are sent for the same URL without any. Everything else, errors included, is left to the routes.
 */
export function createFastPath (fastify: FastifyInstance, { store, write, countHit }: Parts) {
  const { answerObserver, config, frontDoor, rateLimits } = fastify
  const isStrange = createStrangeness(fastify)
  const isOn = fastify.optimizationIsOn('response-cache') && !SHOWS_REQUESTS.includes(config.LOG_LEVEL)

  function answer (request: IncomingMessage, response: ServerResponse): boolean {
    if (!isStrange(request)) return false
    const startedAt = performance.now()
    const now = Date.now()
    // Node.js sets the URL of each request that a server gets
    const ready = store.findReady(request.url as string, now)
    const form = ready?.answer.representations.in(negotiateEncoding(request.headers))
    if (ready === undefined || form === undefined || form instanceof Promise) return false
    const limits = ready.admit(request)
    if (limits === undefined) return false

    countHit()
    write(request, response, withLimits(currentHeads(ready, form, { now, config }), limits), form)
    ready.observe[response.statusCode === 304 ? 304 : 200]((performance.now() - startedAt) / MS_PER_S)
    return true
  }

  if (isOn) frontDoor.add(answer)

  return {
    /** Remembers that a route has sent this kept answer to a stranger: what cannot be sent fails there, where errors are answered. */
    remember (request: FastifyRequest, reply: FastifyReply, wanted: Wanted, answer: Answer): void {
      if (!isOn || !isStrange(request.raw)) return
      // only a route keeps answers
      const route = request.routeOptions.url as string
      const observe = { 200: answerObserver('GET', route, 200), 304: answerObserver('GET', route, 304) }
      store.keepReady(wanted, {
        answer,
        wanted,
        foreign: foreignHeaders(reply, LIMIT_HEADERS),
        admit: rateLimits.gateOf(request),
        observe,
        currentAt: answer.since,
        latest: undefined
      })
    }
  }
}
