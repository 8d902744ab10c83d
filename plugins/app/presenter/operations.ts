import type { WithId } from 'mongodb'
import type { Job, OutboxDocument } from '../../../schemas/jobs.ts'

/** Presents what operators look after. */
export function createOperationsPresenter () {
  return {
    job: ({ _id, kind, subject, owner, score, state, attempts, due_at: due, last_error: error, created_at: created }: WithId<OutboxDocument>): Job =>
      ({ id: _id.toHexString(), kind, subject, owner, score, state, attempts, due_at: due.toISOString(), last_error: error, created_at: created.toISOString() })
  }
}
