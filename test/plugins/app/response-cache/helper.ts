import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import cache from '../../../../plugins/app/cache/index.ts'
import conditionalRequests from '../../../../plugins/app/conditional-requests.ts'
import clientAddress from '../../../../plugins/app/client-address.ts'
import credentials from '../../../../plugins/app/credentials.ts'
import documents from '../../../../plugins/app/documents.ts'
import frontDoor from '../../../../plugins/app/front-door.ts'
import load from '../../../../plugins/app/load/index.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import problemDetails from '../../../../plugins/app/problem-details/index.ts'
import rateLimits from '../../../../plugins/app/rate-limits/index.ts'
import responseCache, { type RouteCache } from '../../../../plugins/app/response-cache/index.ts'
import compress from '../../../../plugins/external/compress.ts'
import config from '../../../../plugins/external/config.ts'
import etag from '../../../../plugins/external/etag.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import redis from '../../../../plugins/external/redis.ts'
import sensible from '../../../../plugins/external/sensible.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { buildBare, testEnv } from '../../../helper.ts'

/** A bare server with the response cache and what it needs. */
export async function build (t: Test, env: Environment = {}): Promise<FastifyInstance> {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  for (const plugin of [sensible, compress, etag, mongodb, documents, metrics, redis, load, clientAddress, rateLimits, cache, problemDetails, conditionalRequests, credentials, frontDoor, responseCache]) await fastify.register(plugin)
  return fastify
}

export const LONG = 'signal '.repeat(1000)
export const everybody = (tags: RouteCache['tags'] = [], more: Partial<RouteCache> = {}): RouteCache => ({ ttl: 60, tags, scope: 'public', ...more })

/** A server with one cached route that counts how often its handler runs. */
export async function buildCounted (t: Test, cache: RouteCache, env: Environment = {}) {
  const fastify = await build(t, env)
  let runs = 0
  fastify.get('/thing', { config: { cache } }, async () => ({ run: ++runs, text: LONG }))
  return { fastify, runs: () => runs }
}
