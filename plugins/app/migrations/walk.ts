import type { AnyBulkWriteOperation, ObjectId } from 'mongodb'
import type { Backfill, MigrationTools } from './migration.ts'
import { pause, pauseAfter } from './throttle.ts'

export interface Progress {
  position: ObjectId | null
  walked: number
  changed: number
}

export interface Pace {
  /** Documents of a batch, matching or not: the most that a command has to look at. */
  batchSize: number
  /** Part of the time in which the database may be at work for this, in per cent. */
  share: number
  /** Stops after the batch under way. */
  signal: AbortSignal
}

export interface Walk extends Pace {
  from: Progress
  /** Does the writes of a batch; the number of changes. */
  write: (operations: AnyBulkWriteOperation[]) => Promise<number>
  /** Told after each batch. */
  onBatch: (progress: Progress) => Promise<void>
}

/** Walks through the collection of a backfill to its end; false if `signal` came before. */
export async function walkThrough ({ documents }: MigrationTools, backfill: Backfill, { from, write, onBatch, batchSize, share, signal }: Walk): Promise<boolean> {
  const collection = documents.collection(backfill.collection)
  let progress = from

  /** The identifiers first: however few documents are pending, a batch looks at no more than its size. */
  async function doBatch (): Promise<boolean> {
    const after = progress.position ?? documents.leastId
    const ids = await collection.find({ _id: { $gt: after } }, { projection: { _id: 1 }, sort: { _id: 1 }, limit: batchSize }).toArray()
    const last = ids.at(-1)
    if (last === undefined) return false
    const pending = await collection.find({ ...backfill.pending, _id: { $gt: after, $lte: last._id } }).toArray()
    const operations = backfill.batch(pending)
    const changed = operations.length === 0 ? 0 : await write(operations)
    progress = { position: last._id, walked: progress.walked + ids.length, changed: progress.changed + changed }
    await onBatch(progress)
    return true
  }

  while (!signal.aborted) {
    const startedAt = performance.now()
    if (!await doBatch()) return true
    await pause(pauseAfter(performance.now() - startedAt, share), signal)
  }
  return false
}
