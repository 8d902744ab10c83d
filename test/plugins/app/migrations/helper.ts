import type { FastifyInstance } from 'fastify'
import { ObjectId, type Document } from 'mongodb'
import type { Test } from 'tap'
import documents from '../../../../plugins/app/documents.ts'
import type { MigrationFile } from '../../../../plugins/app/migrations/files.ts'
import type { Backfill, Migration, OneTime } from '../../../../plugins/app/migrations/index.ts'
import { createLock } from '../../../../plugins/app/migrations/lock.ts'
import { createRecords } from '../../../../plugins/app/migrations/records.ts'
import { createMigrations, type RunOptions } from '../../../../plugins/app/migrations/run.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import { buildBare, dropDatabase, testEnv } from '../../../helper.ts'

/** Documents with ordered identifiers. */
export const thingsOf = (count: number) => Array.from({ length: count }, (_, n) => ({ _id: new ObjectId((n + 1).toString(16).padStart(24, '0')), n }))

export const oneTime = (changes: Partial<OneTime> = {}): OneTime => ({ description: 'one-time', phase: 'expand', async up () {}, ...changes })

/** Marks every document of `things` that has no mark. */
export const marking = (changes: Partial<Backfill> = {}): Backfill => ({
  description: 'marks',
  phase: 'expand',
  collection: 'things',
  pending: { mark: { $exists: false } },
  batch: (found) => found.map(({ _id }) => ({ updateOne: { filter: { _id, mark: { $exists: false } }, update: { $set: { mark: 1 } } } })),
  ...changes
})

export function toFiles (migrations: readonly Migration[], checksum = 'first'): MigrationFile[] {
  return migrations.map((migration, i) => ({ version: String(i + 1).padStart(4, '0'), name: `m${i + 1}`, checksum, migration }))
}

interface Process {
  migrations: ReturnType<typeof createMigrations>
  /** As `npm run migrate`; its lines are in `lines`. */
  run: (options?: Partial<RunOptions>) => Promise<boolean>
  lines: string[]
}

/** What a process that migrates has, on the test's database. */
export function processOf (fastify: FastifyInstance, files: MigrationFile[], leaseMs = 60_000): Process {
  const migrations = createMigrations({ documents: fastify.documents, lock: createLock(fastify, leaseMs), records: createRecords(fastify), read: async () => files })
  const lines: string[] = []
  const tell = (line: string) => { lines.push(line) }
  const run = (options: Partial<RunOptions> = {}) =>
    migrations.run({ contract: false, dryRun: false, batchSize: 10, share: 100, signal: new AbortController().signal, tell, ...options })
  return { migrations, run, lines }
}

/** A database of the test's own with `things`. */
export async function prepare (t: Test, count = 0) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: testEnv })
  await fastify.register(mongodb)
  await fastify.register(documents)
  fastify.addHook('onClose', async () => { await dropDatabase(fastify.mongo.db) })
  const things = fastify.documents.collection<Document & { _id: ObjectId }>('things')
  if (count > 0) await things.insertMany(thingsOf(count))
  return { fastify, things, records: fastify.documents.collection<Document & { _id: string }>('migrations') }
}
