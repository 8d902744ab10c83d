import { setTimeout as delay } from 'node:timers/promises'
import mongodb from '@fastify/mongodb'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { MongoClient, MongoServerError, type MongoClientOptions } from 'mongodb'

declare module 'fastify' {
  interface FastifyInstance {
    /** Address of the database in use, for people; never with its password. */
    databaseAddress: string
  }
}

const DEFAULT_DATABASE = 'sahm'
/** Pause between two attempts to connect to a database that is late; each of them waits for it too. */
const RETRY_MS = 500
/** Unauthorized, AuthenticationFailed, CommandNotFound of an engine that knows no users, AtlasError: no later attempt helps. */
const REFUSALS = new Set<unknown>([13, 18, 59, 8000])

/** Whether the database is there and says that a name or a password is wrong, not that it is just being stopped or elected. */
const isRefusal = (error: unknown): boolean => error instanceof MongoServerError && REFUSALS.has(error.code)

/** Starts the development database in this process; it ends after the driver has closed. */
async function startEmbedded (fastify: FastifyInstance): Promise<string> {
  const { startEmbeddedDatabase } = await import('../../embedded/index.ts')
  const database = await startEmbeddedDatabase()
  fastify.addHook('onClose', async () => { await database.close() })
  return database.uri
}

/** Connects as soon as there is a database; one that refuses us is told once. */
async function connectLater (client: MongoClient, log: FastifyBaseLogger, signal: AbortSignal): Promise<void> {
  const pause = () => delay(RETRY_MS, true, { signal }).catch(() => false)
  let isRefused = false
  function look (error: unknown): boolean {
    if (isRefusal(error) && !isRefused) {
      isRefused = true
      log.error({ err: error }, 'the database refuses the connection')
    }
    return false
  }
  let isConnected = false
  while (!isConnected && await pause()) isConnected = await client.connect().then(() => true, look)
  if (isConnected) log.info('the database is there')
}

/** Connects, or goes on without a database that is late, which is tried until it is there. Rejects if it refuses us. */
async function connect (client: MongoClient, { log }: FastifyInstance, signal: AbortSignal): Promise<void> {
  try {
    await client.connect()
    return
  } catch (error) {
    if (isRefusal(error)) throw error
    log.warn({ err: error }, 'the database is late: not ready until it is there')
  }
  connectLater(client, log, signal).catch(() => {})
}

/** Sizes and times of the pool. */
const optionsOf = ({ config }: FastifyInstance): MongoClientOptions => ({
  appName: 'sahm',
  monitorCommands: true,
  maxPoolSize: config.MONGODB_MAX_POOL_SIZE,
  minPoolSize: config.MONGODB_MIN_POOL_SIZE,
  maxIdleTimeMS: config.MONGODB_MAX_IDLE_TIME_MS,
  waitQueueTimeoutMS: config.MONGODB_WAIT_QUEUE_TIMEOUT_MS,
  serverSelectionTimeoutMS: config.MONGODB_SERVER_SELECTION_TIMEOUT_MS
})

/**
 * Optimization 2: one pool of connections for the process, with the sizes and times of the configuration. The start waits for the
 * database as long as a request does, then goes on without it.
 */
export default fp(async function mongodbPool (fastify) {
  const { config } = fastify
  // hooks of onClose run last in, first out: the driver closes before its server
  const url = config.MONGODB_URI || await startEmbedded(fastify)
  const client = new MongoClient(url, optionsOf(fastify))
  const end = new AbortController()
  fastify.addHook('onClose', async () => {
    end.abort()
    await client.close()
  })
  await connect(client, fastify, end.signal)
  await fastify.register(mongodb, { client, database: config.MONGODB_DATABASE || new URL(url).pathname.slice(1) || DEFAULT_DATABASE })
  fastify.decorate('databaseAddress', url.replace(/\/\/[^@/]*@/, '//'))
}, { name: 'mongodb', dependencies: ['config'] })
