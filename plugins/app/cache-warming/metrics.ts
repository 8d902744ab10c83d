import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'

/** Before listening; as the one runner of the fleet; beside the runner. */
export type RunKind = 'start' | 'refresh' | 'follow'

const BUCKETS_S = [0.01, 0.05, 0.1, 0.5, 1, 3, 10, 60]

/** Metrics of the runs. */
export function createWarmingMetrics ({ metrics, durationHistogram }: Pick<FastifyInstance, 'metrics' | 'durationHistogram'>) {
  const runs = new Counter({ name: 'cache_warming_runs_total', help: 'Runs of the cache warming, by kind and outcome; failed if any part failed', labelNames: ['kind', 'outcome'], registers: [metrics] })
  const keys = new Counter({ name: 'cache_warming_keys_total', help: 'Values read at the start because this instance was asked for them most before', registers: [metrics] })
  const durations = durationHistogram({ name: 'cache_warming_duration_seconds', help: 'Duration of a run of the cache warming', labelNames: ['kind'], buckets: BUCKETS_S })
  const observe = { start: durations.series({ kind: 'start' }), refresh: durations.series({ kind: 'refresh' }), follow: durations.series({ kind: 'follow' }) }

  return {
    ran (kind: RunKind, seconds: number, isComplete: boolean): void {
      runs.inc({ kind, outcome: isComplete ? 'ok' : 'failed' })
      observe[kind](seconds)
    },
    warmed: (count: number): void => { keys.inc(count) }
  }
}
export type WarmingMetrics = ReturnType<typeof createWarmingMetrics>
