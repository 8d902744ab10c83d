import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { DurationHistogram } from './duration-histogram.ts'

/** Route of every request that no route takes: its URL is the client's choice. */
const UNMATCHED = 'unmatched'

const MS_PER_S = 1000

/**
 * Rate (`_count`), errors (status 500 and above) and duration per route. Labels are bounded: the pattern of the
 * route, never the URL, the methods that Node's parser knows, and status codes.
 */
export function createRouteMetrics (registry: Registry) {
  const durations = new DurationHistogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    registers: [registry]
  })
  const observers = new Map<string, (seconds: number) => void>()

  return function observeAnswer (request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.url ?? UNMATCHED
    const key = `${request.method} ${reply.statusCode} ${route}`
    let observe = observers.get(key)
    if (observe === undefined) {
      observe = durations.series({ method: request.method, route, status: String(reply.statusCode) })
      observers.set(key, observe)
    }
    observe(reply.elapsedTime / MS_PER_S)
  }
}
