import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'

/** Counts of the response cache: answers sent by how they were come by, and the memory that the kept ones take. */
export function createResponseMetrics ({ metrics }: Pick<FastifyInstance, 'metrics'>, size: () => { bytes: number, entries: number }) {
  const counts = { hit: 0, stale: 0, collapsed: 0, miss: 0 }
  metrics.registerMetric(new Counter({
    name: 'response_cache_answers_total',
    help: 'Answers of routes that are cached, by how they were come by; collapsed: one request made it for others that came meanwhile',
    labelNames: ['outcome'],
    registers: [],
    collect () {
      this.reset()
      for (const [outcome, count] of Object.entries(counts)) this.inc({ outcome }, count)
    }
  }))
  metrics.registerMetric(new Gauge({
    name: 'response_cache_memory_bytes',
    help: 'Memory that kept answers take, at most',
    registers: [],
    collect () { this.set(size().bytes) }
  }))
  metrics.registerMetric(new Gauge({
    name: 'response_cache_memory_entries',
    help: 'Answers that are kept',
    registers: [],
    collect () { this.set(size().entries) }
  }))
  return counts
}
