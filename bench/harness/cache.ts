import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import cache from '../../plugins/app/cache/index.ts'
import metrics from '../../plugins/app/metrics/index.ts'
import config from '../../plugins/external/config.ts'
import redis from '../../plugins/external/redis.ts'
import type { Environment } from '../../schemas/config.ts'

/** A database that is never asked: what is measured is memory, or Redis with `REDIS_URL`. */
const noDatabase = fp(async (fastify) => {
  const entries = { updateOne: async () => ({}) }
  fastify.decorate('documents', { collection: () => entries } as never)
}, { name: 'documents' })

/** A server with nothing but the value cache. */
export async function buildCache (env: Environment): Promise<FastifyInstance> {
  const fastify = Fastify()
  await fastify.register(config, { env: { NODE_ENV: 'test', LOG_LEVEL: 'error', REDIS_URL: process.env.REDIS_URL ?? '', ...env } })
  for (const plugin of [metrics, noDatabase, redis, cache]) await fastify.register(plugin)
  await fastify.ready()
  return fastify
}
