import type { FastifyInstance } from 'fastify'
import type { AnyBulkWriteOperation, Document, Filter, ObjectId } from 'mongodb'

export type MigrationTools = Pick<FastifyInstance, 'documents'>

interface Described {
  /** What older data lacks and what is done about it, in a sentence. */
  description: string
  /** `expand` adds what the release before does not mind; `contract` removes what only that one uses. */
  phase: 'expand' | 'contract'
}

/** One-time commands. They may be killed anywhere and begun anew, so to do them twice must be to do them once. */
export interface OneTime extends Described {
  up: (tools: MigrationTools) => Promise<void>
}

type Identified = Document & { _id: ObjectId }

/**
 * A walk through a collection in the order of `_id`, in batches, while others write. A batch may be done twice, and what it has
 * read may be old by the time it writes: each write says in its filter or operator (`$exists`, `$max`) what it must not undo.
 */
export interface Backfill<TDocument extends Identified = Identified> extends Described {
  collection: string
  /** What `batch` wants to see; the others are passed over. */
  pending: Filter<TDocument>
  /** Collection that is written to, if another one. */
  target?: string
  batch (documents: TDocument[]): AnyBulkWriteOperation[]
}

export type Migration = OneTime | Backfill
