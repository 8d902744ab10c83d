import type { FastifyInstance } from 'fastify'
import type { ObjectId } from 'mongodb'
import type { MigrationFile } from './files.ts'

/** Document of `migrations`: a migration that was begun. */
export interface MigrationRecord {
  /** The version. */
  _id: string
  name: string
  checksum: string
  state: 'running' | 'done' | 'failed'
  /** Of the lock's holder that wrote last; an earlier one writes nothing any more. */
  term: number
  /** The last document that was seen to; null: none. */
  position: ObjectId | null
  /** Documents that were walked past, and changes that were made. */
  walked: number
  changed: number
  error: string | null
  started_at: Date
  finished_at: Date | null
}

export interface Hold {
  version: string
  term: number
}

/** Longest message of a failure that is kept. */
const MAX_MESSAGE = 500

/** Queries of `migrations`, but for the lock. */
export function createRecords ({ documents }: Pick<FastifyInstance, 'documents'>) {
  const records = documents.collection<MigrationRecord>('migrations')

  /** Writes if no other process has taken over, or throws. */
  async function write ({ version, term }: Hold, changes: Partial<MigrationRecord>): Promise<void> {
    const { matchedCount } = await records.updateOne({ _id: version, term }, { $set: changes })
    if (matchedCount === 0) throw new Error('Another process has taken over')
  }

  return {
    write,

    /** All migrations that were begun, by version. */
    async read (): Promise<Map<string, MigrationRecord>> {
      const found = await records.find({ state: { $exists: true } }).toArray()
      return new Map(found.map((record) => [record._id, record]))
    },

    /** Begins a migration, or goes on with it: from its beginning where its source is another by now. */
    async begin ({ version, name, checksum }: MigrationFile, term: number): Promise<MigrationRecord> {
      const fresh = { name, checksum, position: null, walked: 0, changed: 0, started_at: new Date() }
      const running = { state: 'running', term, error: null, finished_at: null } as const
      try {
        await records.insertOne({ _id: version, ...fresh, ...running })
      } catch (error) {
        if (!documents.isDuplicate(error)) throw error
      }
      // terms grow: whoever finds a greater one is no longer the holder
      const mine = { _id: version, term: { $lte: term } }
      await records.updateOne({ ...mine, checksum: { $ne: checksum } }, { $set: fresh })
      const record = await records.findOneAndUpdate(mine, { $set: running }, { returnDocument: 'after' })
      if (record === null) throw new Error('Another process has taken over')
      return record
    },

    finish: (hold: Hold): Promise<void> => write(hold, { state: 'done', finished_at: new Date() }),

    fail: (hold: Hold, message: string): Promise<void> => write(hold, { state: 'failed', error: message.slice(0, MAX_MESSAGE) })
  }
}
