import type { AnyBulkWriteOperation } from 'mongodb'
import type { MigrationFile } from './files.ts'
import type { Backfill, MigrationTools } from './migration.ts'
import type { Hold, MigrationRecord, createRecords } from './records.ts'
import { walkThrough, type Pace, type Progress } from './walk.ts'

/** What is told of a migration that came to its end; null: it was stopped before. */
export type Outcome = Pick<Progress, 'walked' | 'changed'> | null

/** How often the writes of a batch are tried that gave way to those of the server. */
const ATTEMPTS = 5

export const labelOf = ({ version, name }: Pick<MigrationFile, 'version' | 'name'>): string => `${version}-${name}`

/** One migration: done from where it was left, or tried without a write. */
export function createApplying (tools: MigrationTools, records: ReturnType<typeof createRecords>) {
  const { documents } = tools

  async function write (backfill: Backfill, operations: AnyBulkWriteOperation[], attempt = 1): Promise<number> {
    const { collection, target = collection } = backfill
    try {
      const { insertedCount, modifiedCount, deletedCount, upsertedCount } = await documents.collection(target).bulkWrite(operations, { ordered: false })
      return insertedCount + modifiedCount + deletedCount + upsertedCount
    } catch (error) {
      if (attempt === ATTEMPTS || !documents.gaveWay(error)) throw error
      return await write(backfill, operations, attempt + 1)
    }
  }

  async function work ({ migration }: MigrationFile, record: MigrationRecord, hold: Hold, pace: Pace): Promise<Outcome> {
    let outcome: Progress = record
    if ('up' in migration) await migration.up(tools)
    else {
      const isAtEnd = await walkThrough(tools, migration, {
        ...pace,
        from: record,
        write: (operations) => write(migration, operations),
        async onBatch (progress) {
          outcome = progress
          await records.write(hold, progress)
        }
      })
      if (!isAtEnd) return null
    }
    await records.finish(hold)
    return outcome
  }

  return {
    /** Does it to its end, which is recorded, as is a failure; errors name the migration. */
    async apply (file: MigrationFile, term: number, pace: Pace): Promise<Outcome> {
      const hold = { version: file.version, term }
      try {
        return await work(file, await records.begin(file, term), hold, pace)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        // by who has lost the lock nothing is written
        await Promise.allSettled([records.fail(hold, message)])
        throw new Error(`${labelOf(file)}: ${message}`, { cause: error })
      }
    },

    /** Walks through what a backfill has behind `position` and counts its writes, without doing one. */
    async rehearse (backfill: Backfill, position: MigrationRecord['position'], pace: Pace): Promise<Outcome> {
      let outcome: Progress = { position, walked: 0, changed: 0 }
      const isAtEnd = await walkThrough(tools, backfill, {
        ...pace,
        from: outcome,
        write: (operations) => Promise.resolve(operations.length),
        async onBatch (progress) { outcome = progress }
      })
      return isAtEnd ? outcome : null
    }
  }
}
