import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Test } from 'tap'
import analystsRepository from '../plugins/app/analysts-repository/index.ts'
import auditLog from '../plugins/app/audit-log/index.ts'
import cache from '../plugins/app/cache/index.ts'
import clientAddress from '../plugins/app/client-address.ts'
import documents from '../plugins/app/documents.ts'
import keyset from '../plugins/app/keyset/index.ts'
import load from '../plugins/app/load/index.ts'
import metrics from '../plugins/app/metrics/index.ts'
import money from '../plugins/app/money.ts'
import performanceMonitor from '../plugins/app/performance-monitor/index.ts'
import presenter from '../plugins/app/presenter/index.ts'
import problemDetails from '../plugins/app/problem-details/index.ts'
import rateLimits from '../plugins/app/rate-limits/index.ts'
import relatedKeys from '../plugins/app/related-keys.ts'
import requestContext from '../plugins/app/request-context.ts'
import safeFind from '../plugins/app/safe-find.ts'
import apiKeysRepository from '../plugins/app/api-keys-repository.ts'
import credentials from '../plugins/app/credentials.ts'
import pageSessions from '../plugins/app/page-sessions.ts'
import sessionsRepository from '../plugins/app/sessions-repository.ts'
import tradeSignalsRepository from '../plugins/app/trade-signals-repository/index.ts'
import tracing from '../plugins/app/tracing/index.ts'
import usersRepository from '../plugins/app/users-repository/index.ts'
import config from '../plugins/external/config.ts'
import jwt from '../plugins/external/jwt/index.ts'
import mongodb from '../plugins/external/mongodb.ts'
import otel from '../plugins/external/otel/index.ts'
import redis from '../plugins/external/redis.ts'
import sensible from '../plugins/external/sensible.ts'
import type { Environment } from '../schemas/config.ts'
import { buildBare, dropDatabase, testEnv } from './helper.ts'

/** Repositories name what is to be kept warm; nothing of it runs here. */
export const noWarming = fp(async (fastify) => { fastify.decorate('cacheWarming', { add () {} }) }, { name: 'cache-warming' })

/** A bare server on a database of its own with what services are made of, but none of the services. */
export async function buildRepositories (t: Test, env: Environment = {}): Promise<FastifyInstance> {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  const plugins = [
    sensible, jwt, otel, mongodb, tracing, requestContext, metrics, performanceMonitor, documents, keyset, safeFind,
    redis, load, clientAddress, rateLimits, cache, relatedKeys, noWarming,
    usersRepository, analystsRepository, tradeSignalsRepository, sessionsRepository, pageSessions, apiKeysRepository, credentials, money, presenter, problemDetails, auditLog
  ]
  for (const plugin of plugins) await fastify.register(plugin)
  fastify.addHook('onClose', async () => { await dropDatabase(fastify.mongo.db) })
  return fastify
}
