import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Test } from 'tap'
import cacheWarming, { type WarmingPart } from '../../../../plugins/app/cache-warming/index.ts'
import cache from '../../../../plugins/app/cache/index.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import config from '../../../../plugins/external/config.ts'
import redis from '../../../../plugins/external/redis.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { testEnv } from '../../../helper.ts'

interface Options {
  env?: Environment
  parts?: Record<string, Partial<WarmingPart>>
  /** What `cache_entries` answers. */
  entries?: { findOne?: () => Promise<unknown>, updateOne?: (...args: unknown[]) => Promise<unknown> }
}

/** An instance with a cache in memory, or with Redis if `env` has its address, on a database without documents; its log is kept. */
export async function buildInstance (t: Test, { env, parts = {}, entries }: Options = {}) {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line) as Record<string, unknown>) } }
  const fastify: FastifyInstance = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'warn', CACHE_SHARED_TIMEOUT_MS: 10_000, ...env } })
  const collection = { findOne: async () => null, updateOne: async () => ({}), ...entries }
  await fastify.register(fp(async (fastify) => { fastify.decorate('documents', { collection: () => collection } as never) }, { name: 'documents' }))
  await fastify.register(fp(async () => {}, { name: 'demo-data' }))
  for (const plugin of [metrics, redis, cache, cacheWarming]) await fastify.register(plugin)
  for (const [name, part] of Object.entries(parts)) fastify.cacheWarming.add(name, { warm: async () => {}, refresh: async () => {}, ...part })
  return { fastify, lines }
}

/** Runs so far, as `kind outcome` to their number. */
export async function countRuns ({ metrics }: FastifyInstance): Promise<Record<string, number>> {
  const text = await metrics.metrics()
  const series = text.matchAll(/^cache_warming_runs_total\{kind="(\w+)",outcome="(\w+)"\} (\d+)/gm)
  return Object.fromEntries([...series].map(([, kind, outcome, count]) => [`${kind} ${outcome}`, Number(count)]))
}

/** Resolves when the condition holds; each look waits for one turn of the event loop, whatever the clock says. */
export async function until (condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise(setImmediate)
}
