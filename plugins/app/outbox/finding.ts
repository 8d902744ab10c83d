import type { FastifyInstance } from 'fastify'
import type { Filter, ObjectId, WithId } from 'mongodb'
import type { JobKind, OutboxDocument } from '../../../schemas/jobs.ts'
import { NEVER } from './adding.ts'

export type OutboxEntry = WithId<OutboxDocument>

/** What may be begun at `now`. */
export const free = (now: Date): Filter<OutboxDocument> => ({ state: 'waiting', due_at: { $lte: now }, held_until: { $lte: now } })

/** Queries of what there is to do, each in the order in which it is to be done. */
export function createFinding ({ documents, monitored }: Pick<FastifyInstance, 'documents' | 'monitored'>) {
  const entries = documents.collection<OutboxDocument>('outbox')
  const find = (kinds: readonly JobKind[], limit: number, filter: Filter<OutboxDocument>): Promise<OutboxEntry[]> =>
    entries.find({ ...filter, kind: { $in: [...kinds] } }, { sort: { rank: 1 }, limit }).toArray()

  /** What is due and nobody is at. */
  const due = (kinds: readonly JobKind[], limit: number) => find(kinds, limit, free(new Date()))

  /** Of that, what the queue has never been given. */
  const unqueued = (kinds: readonly JobKind[], limit: number) => find(kinds, limit, { ...free(new Date()), queued_until: NEVER })

  /** Of that, what the queue was given some time ago. */
  function overdue (kinds: readonly JobKind[], limit: number) {
    const now = new Date()
    return find(kinds, limit, { ...free(now), queued_until: { $gt: NEVER, $lte: now } })
  }

  return {
    due: monitored('outbox.due', due),
    unqueued: monitored('outbox.unqueued', unqueued),
    overdue: monitored('outbox.overdue', overdue),

    /** When a job may be begun, as far as is known; null if it is not waiting. */
    async freeAt (id: ObjectId): Promise<Date | null> {
      const entry = await entries.findOne({ _id: id, state: 'waiting' })
      return entry && new Date(Math.max(entry.due_at.getTime(), entry.held_until.getTime()))
    },

    /** Notes that the queue has them. */
    async markQueued (ids: readonly ObjectId[], until: Date): Promise<void> {
      await entries.updateMany({ _id: { $in: [...ids] } }, { $set: { queued_until: until } })
    }
  }
}
