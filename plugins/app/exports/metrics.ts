import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'

/** Shows how many exports are under way. Returns the function that counts the end of one. */
export function createExportMetrics ({ metrics }: Pick<FastifyInstance, 'metrics'>, underWay: () => number) {
  metrics.registerMetric(new Gauge({ name: 'exports_under_way', help: 'Exports and statements that are being sent', registers: [], collect () { this.set(underWay()) } }))
  const ended = new Counter({ name: 'exports_total', help: 'Exports and statements that were sent whole, or cut by client, fault or shutdown', labelNames: ['outcome'], registers: [metrics] })

  return function countEnd (isWhole: boolean): void { ended.inc({ outcome: isWhole ? 'whole' : 'cut' }) }
}
