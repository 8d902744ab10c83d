import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Test } from 'tap'
import cache from '../plugins/app/cache/index.ts'
import documents from '../plugins/app/documents.ts'
import metrics from '../plugins/app/metrics/index.ts'
import config from '../plugins/external/config.ts'
import mongodb from '../plugins/external/mongodb.ts'
import redis from '../plugins/external/redis.ts'
import type { Environment } from '../schemas/config.ts'
import { buildBare, dropDatabase, testEnv } from './helper.ts'

/** Limit for tests that count loads: a busy machine must not look like a Redis that is away. */
export const PATIENT: Environment = { CACHE_SHARED_TIMEOUT_MS: 10_000 }

/** A database without a cache's collection: for caches that have memory alone, or Redis. */
const NO_ENTRIES = { updateOne: async () => ({}) }

/** An instance with the cache alone: in memory, or with Redis if `env` has its address. */
export async function buildCache (t: Test, env: Environment = {}, entries: object = NO_ENTRIES): Promise<FastifyInstance> {
  const noDatabase = fp(async (fastify) => { fastify.decorate('documents', { collection: () => entries } as never) }, { name: 'documents' })
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  for (const plugin of [metrics, noDatabase, redis, cache]) await fastify.register(plugin)
  await fastify.ready()
  return fastify
}

/** An instance whose shared tier is the database: the one of this test file, which is dropped at the end. */
export async function buildDatabaseCache (t: Test, env: Environment = {}): Promise<FastifyInstance> {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  for (const plugin of [mongodb, metrics, documents, redis, cache]) await fastify.register(plugin)
  fastify.addHook('preClose', async () => { await dropDatabase(fastify.mongo.db) })
  await fastify.ready()
  return fastify
}

/** A load that answers what `value` is, counts its calls, and may be held up. */
export function createLoad<T> (value: T) {
  const load = {
    value,
    calls: 0,
    error: undefined as Error | undefined,
    /** Loads wait for it. */
    gate: Promise.resolve(),
    /** Holds up what is loaded from now on, each with the value of its beginning, until the result is called. */
    hold (): () => void {
      let open: () => void = () => {}
      load.gate = new Promise((resolve) => { open = resolve })
      return open
    },
    run: async (): Promise<T> => {
      load.calls += 1
      const { value, error } = load
      await load.gate
      if (error) throw error
      return value
    }
  }
  return load
}
