import type { FastifyInstance } from 'fastify'
import type { ClientSession, ObjectId } from 'mongodb'
import type { JobKind, JobListQuery, OutboxDocument } from '../../../schemas/jobs.ts'
import { NEVER } from './adding.ts'
import type { OutboxEntry } from './finding.ts'

/** Queries of those who look after the jobs. */
export function createDeadLetters ({ documents, keyset, monitored }: Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored'>) {
  const entries = documents.collection<OutboxDocument>('outbox')
  const newestFirst = keyset('outbox', { created_at: 'date', _id: 'id' })

  /** Newest first. */
  async function list ({ state, limit, cursor }: JobListQuery) {
    const from = newestFirst.from({ state }, cursor)
    return newestFirst.page<OutboxEntry>(await entries.find(from, { sort: newestFirst.sort, limit: limit + 1 }).toArray(), limit)
  }

  return {
    list: monitored('outbox.list', list),

    find: (id: ObjectId): Promise<OutboxEntry | null> => entries.findOne({ _id: id }),

    /** Begins a dead job anew, with all its attempts; null if it is not dead. */
    revive: (id: ObjectId): Promise<OutboxEntry | null> => entries.findOneAndUpdate(
      { _id: id, state: 'dead' },
      { $set: { state: 'waiting', attempts: 0, due_at: new Date(), queued_until: NEVER } },
      { returnDocument: 'after' }
    ),

    /** Removes a dead job; null if it is not dead. */
    drop: (id: ObjectId, session: ClientSession): Promise<OutboxEntry | null> =>
      entries.findOneAndDelete({ _id: id, state: 'dead' }, { session }),

    /** Removes the dead job about something; false if there is none. */
    async dropOf (kind: JobKind, subject: string, session: ClientSession): Promise<boolean> {
      const { deletedCount } = await entries.deleteOne({ kind, subject, state: 'dead' }, { session })
      return deletedCount === 1
    }
  }
}
