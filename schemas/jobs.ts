import { Type, type Static } from 'typebox'
import { IdSchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'

/** What is done in the background. */
export const JOB_KINDS = ['withdrawal', 'payment-event'] as const
export type JobKind = typeof JOB_KINDS[number]

/** `waiting`: will be done, or is at it; `dead`: given up, waits for a person. */
export const JOB_STATES = ['waiting', 'dead'] as const
export type JobState = typeof JOB_STATES[number]

/** Highest score: a job of it runs before all others that were added with it. */
export const MAX_SCORE = 6
/** One more of score is worth so much of waiting: a job that has waited for longer runs first, whatever its score. */
export const SCORE_MS = 60_000

/** A job that is not done. */
export const JobSchema = Type.Object({
  id: IdSchema,
  kind: Type.Enum(JOB_KINDS),
  subject: Type.String({ examples: ['64a000040000000000000000'], description: 'Identifier of what it is about' }),
  owner: Type.Union([UserIdSchema, Type.Null()], { description: 'Whose it is; null for nobody’s' }),
  score: Type.Integer({ minimum: 1, maximum: MAX_SCORE, description: 'The higher, the sooner' }),
  state: Type.Enum(JOB_STATES),
  attempts: Type.Integer({ minimum: 0, description: 'How often it was begun' }),
  due_at: Type.Unsafe<string>({ ...TimestampSchema, description: 'When it is begun at the earliest' }),
  last_error: Type.Union([Type.String(), Type.Null()], { examples: ['The provider did not answer'], description: 'Why its last attempt failed' }),
  created_at: TimestampSchema
}, { additionalProperties: false })
export type Job = Static<typeof JobSchema>

export const JobParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })
export const JobListQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  state: Type.Enum(JOB_STATES, { default: 'dead', description: 'Given up, or not done yet' })
}, { additionalProperties: false })
export type JobListQuery = Static<typeof JobListQuerySchema>

/** Document of `outbox`; its `_id` is an ObjectId. It is removed in the transaction that finishes the job. */
export interface OutboxDocument {
  kind: JobKind
  subject: string
  owner: number | null
  score: number
  /** Order of the jobs: when it was added, later by what its owner has waiting, sooner by its score. */
  rank: Date
  state: JobState
  attempts: number
  due_at: Date
  /** Who is at it; whoever finds another one there has lost it. */
  holder: string | null
  /** Until then nobody else takes it. */
  held_until: Date
  /** Until then it is not given to the queue again. */
  queued_until: Date
  last_error: string | null
  /** Trace of whoever added it, if there is one: its attempts go on in it. */
  traceparent?: string
  created_at: Date
}
