import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import fp from 'fastify-plugin'
import type { Redis } from 'ioredis'

declare module 'fastify' {
  interface FastifyInstance {
    /** The connection for short commands; null without `REDIS_URL`. While Redis is away every command fails at once. */
    redis: Redis | null
  }
}

/** Longest pause between two attempts to connect: Redis is used again within two seconds of its return. */
const MAX_RECONNECT_MS = 1000
const RECONNECT_STEP_MS = 100
/** A connection whose commands get no answer for this long counts as broken, as after a network that lost packets silently. */
const SILENCE_LIMIT_MS = 2000
/** How long the start waits for a Redis that is there. */
const START_LIMIT_MS = 1000

/**
 * Optimization 2: the connection to Redis. It fails open: the server starts and runs without Redis, which is tried again
 * for ever; whoever uses the connection says what happens then.
 */
export default fp(async function redis (fastify) {
  const { config, log } = fastify
  if (config.REDIS_URL === '') {
    fastify.decorate('redis', null)
    return
  }
  // a tenth of a second of the start, for those that need it
  const { Redis } = await import('ioredis')
  const client = new Redis(config.REDIS_URL, {
    maxRetriesPerRequest: config.REDIS_MAX_RETRIES_PER_REQUEST,
    connectTimeout: config.REDIS_CONNECT_TIMEOUT_MS,
    keepAlive: config.REDIS_KEEP_ALIVE_MS,
    socketTimeout: SILENCE_LIMIT_MS,
    enableOfflineQueue: false,
    lazyConnect: false,
    enableAutoPipelining: true,
    retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, MAX_RECONNECT_MS)
  })
  let isAway = false
  client.on('error', (error: Error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away')
    isAway = true
  })
  client.on('ready', () => {
    if (isAway) log.info('Redis is back')
    isAway = false
  })
  fastify.decorate('redis', client)
  fastify.addHook('onClose', async () => { client.disconnect() })

  const limit = new AbortController()
  await Promise.race([once(client, 'ready', limit), delay(START_LIMIT_MS, undefined, limit)]).catch(() => {})
  limit.abort()
}, { name: 'redis', dependencies: ['config'] })
