import { join } from 'node:path'
import fp from 'fastify-plugin'
import { readMigrations } from './files.ts'
import { createLock } from './lock.ts'
import { createRecords } from './records.ts'
import { createMigrations } from './run.ts'

export type { Backfill, Migration, OneTime } from './migration.ts'
export type { MigrationStatus } from './status.ts'

declare module 'fastify' {
  interface FastifyInstance {
    migrations: ReturnType<typeof createMigrations>
  }
}

const FOLDER = join(import.meta.dirname, '../../../migrations')
/** Whoever is silent for so long has died. */
const LEASE_MS = 10_000

/**
 * What older data needs, done by `npm run migrate` beside the server. The server itself only says in production, once it is ready,
 * what it misses. Open: it serves without, since a release relies on nothing before it is done, and readiness does not depend on it.
 */
export default fp(async function onlineMigrations (fastify) {
  const { config, documents, log } = fastify
  const migrations = createMigrations({
    documents,
    lock: createLock(fastify, LEASE_MS),
    records: createRecords(fastify),
    read: () => readMigrations(FOLDER)
  })
  fastify.decorate('migrations', migrations)
  if (config.NODE_ENV !== 'production') return

  async function tellPending (): Promise<void> {
    try {
      const pending = (await migrations.status()).filter(({ phase, state }) => phase === 'expand' && state !== 'done').map(({ version }) => version)
      if (pending.length > 0) log.warn({ pending }, 'expand migrations are pending')
    } catch (err) {
      log.warn({ err }, 'pending migrations not looked for')
    }
  }
  fastify.addHook('onReady', async function lookInBackground () { setImmediate(tellPending) })
}, { name: 'migrations', dependencies: ['config', 'documents'] })
