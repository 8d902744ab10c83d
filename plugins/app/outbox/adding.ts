import type { FastifyInstance } from 'fastify'
import type { ClientSession } from 'mongodb'
import { SCORE_MS, type JobKind, type OutboxDocument } from '../../../schemas/jobs.ts'

/** A job as it is asked for: `subject` is the identifier of what it is about, `score` 1 to 6, the higher the sooner. */
export interface NewJob {
  kind: JobKind
  subject: string
  /** Number of the user whose it is: who has many waiting is served between the others. */
  owner: number | null
  score: number
}

/** So much later a job runs by each that its owner has waiting. */
const WAITING_MS = 10_000
/** Longest that what the owner has waiting is counted. */
const MAX_COUNTED = 10_000
export const NEVER = new Date(0)

/** Writes what must be done, and takes it back, in the transaction that it comes from. */
export function createAdding ({ documents, optimizationIsOn, tracing }: Pick<FastifyInstance, 'documents' | 'optimizationIsOn' | 'tracing'>) {
  const entries = documents.collection<OutboxDocument>('outbox')
  const ranks = optimizationIsOn('job-priorities')

  async function rankOf ({ owner, score }: NewJob, now: number, session: ClientSession): Promise<Date> {
    const waiting = owner === null || !ranks ? 0 : await entries.countDocuments({ owner, state: 'waiting' }, { session, limit: MAX_COUNTED })
    return new Date(now + waiting * WAITING_MS - score * SCORE_MS)
  }

  return {
    /** Adds a job: it is done once the transaction of `session` is committed, however often processes die. */
    async add (asked: NewJob, session: ClientSession): Promise<void> {
      const now = Date.now()
      const job = ranks ? asked : { ...asked, score: 1 }
      const rank = await rankOf(job, now, session)
      const at = new Date(now)
      const traceparent = tracing.current()
      await entries.insertOne({
        ...job, rank, state: 'waiting', attempts: 0, due_at: at, holder: null, held_until: NEVER, queued_until: NEVER, last_error: null, ...(traceparent !== undefined && { traceparent }), created_at: at
      }, { session })
    },

    /** Takes a job back that nobody has begun; false if somebody is at it, or it is done. */
    async cancel (kind: JobKind, subject: string, session: ClientSession): Promise<boolean> {
      const { deletedCount } = await entries.deleteOne({ kind, subject, attempts: 0, state: 'waiting' }, { session })
      return deletedCount === 1
    }
  }
}
