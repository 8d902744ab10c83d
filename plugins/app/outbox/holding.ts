import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { ClientSession, ObjectId } from 'mongodb'
import type { OutboxDocument } from '../../../schemas/jobs.ts'
import { NEVER } from './adding.ts'
import { free, type OutboxEntry } from './finding.ts'

/** A job that is one's own to do. */
export type Hold = Pick<OutboxEntry, '_id' | 'holder'>

/** Whoever is silent for so long has died, in ms. */
const HOLD_MS = 10_000
/** Longest message of a failure that is kept. */
const MAX_MESSAGE = 500

/** Queries of those who do the jobs. A job has one holder; what a holder writes counts only while it is that one. */
export function createHolding ({ documents, monitored }: Pick<FastifyInstance, 'documents' | 'monitored'>) {
  const entries = documents.collection<OutboxDocument>('outbox')
  const mine = ({ _id, holder }: Hold) => ({ _id, holder })
  const heldUntil = () => new Date(Date.now() + HOLD_MS)
  const freed = (message: string) => ({ holder: null, held_until: NEVER, last_error: message.slice(0, MAX_MESSAGE) })

  /** Takes a job; null if somebody else has it, it is not due, or it is done. */
  async function take (id: ObjectId): Promise<OutboxEntry | null> {
    return await entries.findOneAndUpdate(
      { _id: id, ...free(new Date()) },
      { $set: { holder: randomUUID(), held_until: heldUntil() }, $inc: { attempts: 1 } },
      { returnDocument: 'after' }
    )
  }

  return {
    take: monitored('outbox.take', take),

    /** Holds it for longer, and says until when; null if it is somebody else's by now. */
    async prolong (hold: Hold, session?: ClientSession): Promise<Date | null> {
      const until = heldUntil()
      const { matchedCount } = await entries.updateOne(mine(hold), { $set: { held_until: until } }, { ...(session && { session }) })
      return matchedCount === 1 ? until : null
    },

    /** Removes a job that is done; false if it is somebody else's by now. */
    async remove (hold: Hold, session: ClientSession): Promise<boolean> {
      const { deletedCount } = await entries.deleteOne(mine(hold), { session })
      return deletedCount === 1
    },

    /** Gives a job back that failed: again at `dueAt`. */
    async fail (hold: Hold, message: string, dueAt: Date): Promise<void> {
      await entries.updateOne(mine(hold), { $set: { due_at: dueAt, ...freed(message) } })
    },

    /** Gives a job up, which nobody begins by itself then; false if it is somebody else's by now. */
    async bury (hold: Hold, message: string, session: ClientSession): Promise<boolean> {
      const { matchedCount } = await entries.updateOne(mine(hold), { $set: { state: 'dead', ...freed(message) } }, { session })
      return matchedCount === 1
    },

    /** Gives a job back that is not to blame: again at `dueAt`, and the attempt does not count; false if it is somebody else's by now. */
    async postpone (hold: Hold, message: string, dueAt: Date): Promise<boolean> {
      const { matchedCount } = await entries.updateOne(mine(hold), { $set: { due_at: dueAt, ...freed(message) }, $inc: { attempts: -1 } })
      return matchedCount === 1
    },

    /** Gives a job back as if it had not been begun. */
    async release (hold: Hold): Promise<void> {
      await entries.updateOne(mine(hold), { $set: { holder: null, held_until: NEVER, queued_until: NEVER }, $inc: { attempts: -1 } })
    }
  }
}
