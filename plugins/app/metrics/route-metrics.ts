import type { Registry } from 'prom-client'
import { DurationHistogram } from './duration-histogram.ts'

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

  /** Counts answers of one kind, each with its seconds. */
  return function answerObserver (method: string, route: string, status: number): (seconds: number) => void {
    const key = `${method} ${status} ${route}`
    let observe = observers.get(key)
    if (observe === undefined) {
      observe = durations.series({ method, route, status: String(status) })
      observers.set(key, observe)
    }
    return observe
  }
}
