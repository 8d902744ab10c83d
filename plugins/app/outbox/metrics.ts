import type { FastifyInstance } from 'fastify'
import type { Document } from 'mongodb'
import { Gauge } from 'prom-client'
import { JOB_KINDS, type JobKind, type OutboxDocument } from '../../../schemas/jobs.ts'

/** `waiting`: its time has not come; `due`: it has, and nobody is at it; `running`: somebody is; `dead`: given up. */
const STATES = ['waiting', 'due', 'running', 'dead'] as const

interface Counted {
  _id: { kind: JobKind, state: typeof STATES[number] }
  count: number
  /** Time since which the oldest of them could be done. */
  oldest: Date
}

/** Most entries that are counted, those that wait and those that are dead: it bounds what a scrape costs. */
const MAX_COUNTED = 10_000
const MS_PER_S = 1000
/** As long as a scrape waits. */
const LIMIT_MS = 1000

/** Counts entries by kind, those that are due for longest first. */
const counting = (state: OutboxDocument['state'], shown: unknown): Document[] => [
  { $match: { state } },
  { $sort: { due_at: 1 } },
  { $limit: MAX_COUNTED },
  { $group: { _id: { kind: '$kind', state: shown }, count: { $sum: 1 }, oldest: { $min: '$due_at' } } }
]

/** Shows in `/metrics` how many jobs there are, and for how long the oldest of them could have been begun. */
export function showOutbox ({ documents, metrics, sampled }: Pick<FastifyInstance, 'documents' | 'metrics' | 'sampled'>): void {
  const entries = documents.collection<OutboxDocument>('outbox')

  const sample = sampled('outbox', async (signal) => {
    const now = new Date()
    const shown = { $cond: [{ $gt: ['$held_until', now] }, 'running', { $cond: [{ $gt: ['$due_at', now] }, 'waiting', 'due'] }] }
    const pipeline = documents.unite('outbox', [counting('waiting', shown), counting('dead', { $literal: 'dead' })])
    const counts = await entries.aggregate<Counted>(pipeline, { signal, maxTimeMS: LIMIT_MS }).toArray()
    return (kind: JobKind, state: Counted['_id']['state']) => {
      const { count = 0, oldest = now } = counts.find(({ _id }) => _id.kind === kind && _id.state === state) ?? {}
      return { count, ageS: (now.getTime() - oldest.getTime()) / MS_PER_S }
    }
  })

  metrics.registerMetric(new Gauge({
    name: 'outbox_entries',
    help: 'Jobs that are not done, by kind and state: of all that wait, are due or run the 10,000 that are due first, and as many dead ones',
    labelNames: ['kind', 'state'],
    registers: [],
    async collect () {
      const read = await sample()
      this.reset()
      if (read) for (const kind of JOB_KINDS) for (const state of STATES) this.set({ kind, state }, read(kind, state).count)
    }
  }))
  metrics.registerMetric(new Gauge({
    name: 'outbox_oldest_due_seconds',
    help: 'Time for which the oldest job could have been begun, 0 if there is none',
    labelNames: ['kind'],
    registers: [],
    async collect () {
      const read = await sample()
      this.reset()
      if (read) for (const kind of JOB_KINDS) this.set({ kind }, read(kind, 'due').ageS)
    }
  }))
}
