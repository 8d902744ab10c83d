import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import { Gauge } from 'prom-client'

const STATES = ['waiting', 'prioritized', 'active', 'delayed'] as const

/** Shows in `/metrics` what the queue has, for the whole fleet: a part of what the outbox has. */
export function showQueue ({ metrics, sampled }: Pick<FastifyInstance, 'metrics' | 'sampled'>, queue: Queue): void {
  const sample = sampled('queue', () => queue.getJobCounts(...STATES))
  metrics.registerMetric(new Gauge({
    name: 'job_queue_jobs',
    help: 'Jobs of the outbox that BullMQ has, by state',
    labelNames: ['state'],
    registers: [],
    async collect () {
      const counts = await sample()
      this.reset()
      if (counts) for (const [state, count] of Object.entries(counts)) this.set({ state }, count)
    }
  }))
}
