import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'
import type { JobKind } from '../../../schemas/jobs.ts'

const BUCKETS_S = [0.01, 0.05, 0.1, 0.5, 1, 3, 10, 30]
const MS_PER_S = 1000

/** Metrics of the jobs that this process does. */
export function createJobMetrics ({ metrics, durationHistogram }: Pick<FastifyInstance, 'metrics' | 'durationHistogram'>) {
  const attempts = new Counter({ name: 'job_attempts_total', help: 'Attempts at jobs, by kind and outcome', labelNames: ['kind', 'outcome'], registers: [metrics] })
  const durations = durationHistogram({ name: 'job_duration_seconds', help: 'Duration of an attempt at a job', labelNames: ['kind'], buckets: BUCKETS_S })
  const observe = { withdrawal: durations.series({ kind: 'withdrawal' }), 'payment-event': durations.series({ kind: 'payment-event' }) } satisfies Record<JobKind, unknown>

  return {
    ended (kind: JobKind, outcome: string, milliseconds: number): void {
      attempts.inc({ kind, outcome })
      observe[kind](milliseconds / MS_PER_S)
    }
  }
}
export type JobMetrics = ReturnType<typeof createJobMetrics>
