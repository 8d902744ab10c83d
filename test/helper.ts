import { basename } from 'node:path'
import type { Db } from 'mongodb'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Test } from 'tap'
import app, { options } from '../app.ts'
import type { Environment } from '../schemas/config.ts'

let dropped = 0

/**
 * Database of this test file and process, so that files run side by side on one engine; another one after each drop:
 * connections of DocumentDB may go on with what they know of a collection that was dropped when one of its name is created.
 */
export const databaseName = (): string => `t-${basename(process.argv[1] ?? 'repl', '.test.ts').slice(0, 24)}-${process.pid}-${dropped}`

/** Drops a test's database, whose name no later one gets. */
export async function dropDatabase (db: Db | undefined): Promise<void> {
  dropped += 1
  await db?.dropDatabase()
}

/** Environment of tests: no demo data, small pools; `MONGODB_URI` of the caller decides the engine. */
export const testEnv: Environment = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  PORT: 0,
  DEMO_USERS: 0,
  get MONGODB_DATABASE () { return databaseName() },
  MONGODB_MIN_POOL_SIZE: 0,
  // a busy machine is no outage
  MONGODB_SILENCE_LIMIT_MS: 60_000,
  // tests of jobs ask for them
  JOBS_CONCURRENCY: 0,
  // a machine that is busy lowers no budget of a test
  LOAD_INTERVAL_MS: 600_000,
  // tests ask as fast as they can, all from one address
  RATE_LIMIT_ANONYMOUS: 1e9,
  RATE_LIMIT_FREE: 1e9,
  RATE_LIMIT_VIP: 1e9,
  RATE_LIMIT_ANALYST: 1e9,
  RATE_LIMIT_ADMIN: 1e9,
  // and on a machine that does much else
  SHEDDING_MIN_IN_FLIGHT: 1000,
  SHEDDING_EXPORT_MAX_LOAD: 1,
  SHEDDING_MAX_DELAY_MS: 60_000,
  // and where commands are counted, none comes of an explained query
  SLOW_QUERY_MS: 60_000
}

/** An empty server, closed when the test ends. */
export function buildBare (t: Test): FastifyInstance {
  const fastify = Fastify(options)
  t.teardown(() => fastify.close())
  return fastify
}

interface Building {
  env?: Environment
  server?: FastifyServerOptions
  /** Before anything is registered. */
  prepare?: (fastify: FastifyInstance) => void
}

/** The whole application, ready, on a database of its own that is dropped at the end. */
export async function buildApp (t: Test, { env, server, prepare }: Building = {}): Promise<FastifyInstance> {
  // a busy machine compiles the sources slowly, and the first test of a file pays for that
  const fastify = Fastify({ ...options, pluginTimeout: 120_000, ...server } as typeof options)
  t.teardown(() => fastify.close())
  prepare?.(fastify)
  // without a scope of its own, so that tests reach its decorators
  await fastify.register(fp(app), { env: { ...testEnv, ...env } })
  fastify.addHook('preClose', async () => { await dropDatabase(fastify.mongo.db) })
  await fastify.ready()
  // their creation in the background must neither be missed by a test nor outlive the database
  await fastify.indexes.ensure()
  return fastify
}
