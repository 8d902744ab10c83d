import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'

interface Sources {
  limit: () => number
  inFlight: () => number
}

/** Shows the limit and what is in flight. Returns the function that counts one refusal, in next to no time. */
export function createSheddingMetrics ({ metrics }: Pick<FastifyInstance, 'metrics'>, { limit, inFlight }: Sources) {
  const refused = new Map<string, Map<string, number>>()

  function show (name: string, help: string, read: () => number): void {
    metrics.registerMetric(new Gauge({ name, help, registers: [], collect () { this.set(read()) } }))
  }
  show('load_shedding_limit', 'Requests in flight that the server keeps up with', limit)
  show('load_shedding_in_flight', 'Requests in flight that wait for the server', inFlight)
  metrics.registerMetric(new Counter({
    name: 'load_shedding_refused_total',
    help: 'Requests refused by 503 for want of room, by class and bound',
    labelNames: ['priority', 'reason'],
    registers: [],
    collect () {
      this.reset()
      for (const [reason, byPriority] of refused) for (const [priority, count] of byPriority) this.inc({ priority, reason }, count)
    }
  }))

  return function countRefusal (priority: string, reason: string): void {
    let counts = refused.get(reason)
    if (counts === undefined) {
      counts = new Map()
      refused.set(reason, counts)
    }
    counts.set(priority, (counts.get(priority) ?? 0) + 1)
  }
}
