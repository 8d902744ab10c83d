import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import mongodb from '@fastify/mongodb'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { MongoClient, MongoServerError, type MongoClientOptions } from 'mongodb'
import { ConnectionString } from 'mongodb-connection-string-url'

declare module 'fastify' {
  interface FastifyInstance {
    /** Address of the database in use, for people; never with its password. */
    databaseAddress: string
    /**
     * For a database that is away: whatever waits for it fails at once, and so does all that comes, until it is there and connected
     * to anew. Resolves then, or when the server closes.
     */
    reconnectDatabase: () => Promise<void>
  }
}

/** What the types of the driver (7.9) leave out. To close the client instead would wait for all that waits for the database. */
interface Inside {
  topology?: { closeCheckedOutConnections: () => void, close: () => void }
}

/** Of the driver too, which exports no class of its connections. */
interface Connection {
  socket: Socket
  writeCommand: (...command: unknown[]) => Promise<void>
}

/**
 * Mends the driver (7.9): where a write says that the socket is full it waits for `drain`, and a socket that has just been
 * destroyed says so of every write and never drains. The command would wait for ever, and whoever waits for it; two such
 * connections in the making, and the pool makes no other one. So a socket that has closed drains: the driver then sees that it has.
 */
function mendWrites (): void {
  const { Connection: { prototype } } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as { Connection: { prototype: Connection } }
  const { writeCommand } = prototype
  const seen = new WeakSet<Socket>()
  prototype.writeCommand = function writeOnce (this: Connection, ...command) {
    const { socket } = this
    if (!seen.has(socket)) {
      seen.add(socket)
      socket.once('close', () => { socket.emit('drain') })
    }
    return writeCommand.apply(this, command)
  }
}
mendWrites()

interface Needs {
  url: string
  options: MongoClientOptions
  client: MongoClient
  log: FastifyBaseLogger
  signal: AbortSignal
}

const DEFAULT_DATABASE = 'sahm'
/** Shortest time between two attempts to connect to a database that is away. */
const RETRY_MS = 500
/** Longest wait of such an attempt; in it, one that refuses connections is looked for every 500 ms. */
const ATTEMPT_MS = 2000
/** Pause between two checks of each server: one that is silent is found out by them. */
const CHECK_MS = 1000
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

/** Finds out whether the database is there and takes writes by a client for the moment: while ours connects, whoever asks waits for it. */
async function probe ({ url, options, signal }: Needs): Promise<void> {
  const client = new MongoClient(url, { ...options, monitorCommands: false, minPoolSize: 0, maxPoolSize: 1, serverSelectionTimeoutMS: ATTEMPT_MS, connectTimeoutMS: ATTEMPT_MS })
  const stop = (): void => { client.close().catch(() => {}) }
  signal.addEventListener('abort', stop, { once: true })
  try {
    await client.connect()
    // the address may prefer secondaries: then a set without a primary can be connected to as well
    await client.db().command({ ping: 1 }, { readPreference: 'primary', signal: AbortSignal.timeout(ATTEMPT_MS) })
  } finally {
    signal.removeEventListener('abort', stop)
    await client.close()
  }
}

/** Connects if the database is there now. */
async function attempt (needs: Needs): Promise<boolean> {
  await probe(needs)
  if (!needs.signal.aborted) await needs.client.connect()
  return true
}

/** Connects as soon as there is a database, or until the server closes; one that refuses us is told once. */
async function connectLater (needs: Needs): Promise<void> {
  const { log, signal } = needs
  let isRefused = false
  function look (error: unknown): boolean {
    if (isRefusal(error) && !isRefused) {
      isRefused = true
      log.error({ err: error }, 'the database refuses the connection')
    }
    return false
  }
  let isOver = false
  while (!isOver && !signal.aborted) {
    const pause = delay(RETRY_MS, undefined, { signal }).catch(() => {})
    isOver = await attempt(needs).catch(look)
    if (!isOver) await pause
  }
}

/** Connects the client, and connects it anew. */
function createConnection (needs: Needs) {
  const { client, log, signal } = needs
  let underWay: Promise<void> | undefined

  async function later (message: string): Promise<void> {
    underWay = connectLater(needs)
    await underWay
    underWay = undefined
    if (!signal.aborted) log.warn(message)
  }

  return {
    /** Connects, or goes on without a database that is late, which is tried until it is there. Rejects if it refuses us. */
    async connect (): Promise<void> {
      try {
        await client.connect()
        return
      } catch (error) {
        if (isRefusal(error)) throw error
        log.warn({ err: error }, 'the database is late: not ready until it is there')
      }
      later('the database is there').catch(() => {})
    },

    async reconnect (this: void): Promise<void> {
      if (underWay !== undefined) return await underWay
      log.warn('the database is away')
      const { topology } = client as MongoClient & Inside
      topology?.closeCheckedOutConnections()
      topology?.close()
      await later('connected to the database anew')
    }
  }
}

/** Sizes and times of the pool. */
const optionsOf = ({ config }: FastifyInstance): MongoClientOptions => ({
  appName: 'sahm',
  monitorCommands: true,
  heartbeatFrequencyMS: CHECK_MS,
  // whoever waits for a connection that is being made waits on when the topology closes
  connectTimeoutMS: config.MONGODB_SILENCE_LIMIT_MS,
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
  const { config, log } = fastify
  // hooks of onClose run last in, first out: the driver closes before its server
  const url = config.MONGODB_URI || await startEmbedded(fastify)
  const options = optionsOf(fastify)
  const client = new MongoClient(url, options)
  const end = new AbortController()
  fastify.addHook('onClose', async () => {
    end.abort()
    await client.close()
  })
  const connection = createConnection({ url, options, client, log, signal: end.signal })
  await connection.connect()
  await fastify.register(mongodb, { client, database: config.MONGODB_DATABASE || new ConnectionString(url).pathname.slice(1) || DEFAULT_DATABASE })
  fastify.decorate('databaseAddress', url.replace(/\/\/[^@/]*@/, '//'))
  fastify.decorate('reconnectDatabase', connection.reconnect)
}, { name: 'mongodb', dependencies: ['config'] })
