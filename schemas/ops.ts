import { Type, type Static } from 'typebox'
import type { SlowQueryDocument } from './slow-queries.ts'

/** Units of a caller's budget: a stream is read for minutes. */
export const STREAM_COST = 10
/** Reading the queue takes several commands of Redis, and two of the database. */
export const BOARD_COST = 5

/** Where the board of queues is. */
export const QUEUES_PATH = '/ops/queues'

export const OpsQuerySchema = Type.Object({
  snapshots: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, examples: [1], description: 'The stream ends after so many snapshots' }))
}, { additionalProperties: false })
export type OpsQuery = Static<typeof OpsQuerySchema>

/** What the page of Bull Board asks its routes for: texts, as that reads them. */
export const BoardQuerySchema = Type.Object({
  activeQueue: Type.Optional(Type.String({ pattern: '^[\\w-]{0,64}$' })),
  queueName: Type.Optional(Type.String({ pattern: '^[\\w-]{0,64}$' })),
  status: Type.Optional(Type.String({ pattern: '^[a-z-]{0,32}$' })),
  page: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })),
  jobsPerPage: Type.Optional(Type.String({ pattern: '^(?:[1-9][0-9]?|100)$' }))
}, { additionalProperties: false })

/** What happened since the snapshot before, and what is now. Null is what nobody knows, such as percentiles where nothing was asked. */
export interface OpsSnapshot {
  /** Milliseconds since the epoch. */
  at: number
  /** Instances that share budgets by Redis, 1 without it; processes of the one that answers. */
  instances: number
  processes: number
  /** Answers in a second, and those of status 500 and above. */
  requests: { rate: number, errors: number }
  /** Milliseconds, of all answers but refusals by 503. */
  latency: { p50: number | null, p95: number | null, p99: number | null }
  /** Shares of reads, 0 to 1, that found something in memory and in the shared tier, and of answers that were ready. */
  hits: { memory: number | null, shared: number | null, answers: number | null }
  /** Load, 0 to 1, and what budgets are multiplied by. */
  load: { value: number | null, factor: number | null }
  /** Requests refused in a second: by 503 for want of room, by 429 for want of budget. */
  refused: { shed: number, limited: number }
  /** Connections to the database. */
  pool: { size: number, in_use: number, waiting: number }
  /** Jobs by state, and for how many seconds the oldest one is due. */
  jobs: { waiting: number | null, due: number | null, running: number | null, dead: number | null, oldest_due_s: number | null }
  /** Jobs that BullMQ has; null without it. */
  queued: number | null
}

/** A slow query as it is shown. */
export type OpsSlowQuery = Pick<SlowQueryDocument, 'collection' | 'operation' | 'shape' | 'count' | 'total_ms' | 'max_ms' | 'plan'> & { last_seen: string }
