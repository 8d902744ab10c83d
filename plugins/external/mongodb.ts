import mongodb from '@fastify/mongodb'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Address of the database in use, for people; never with its password. */
    databaseAddress: string
  }
}

const DEFAULT_DATABASE = 'sahm'

/** Starts the development database in this process; it ends after the driver has closed. */
async function startEmbedded (fastify: FastifyInstance): Promise<string> {
  const { startEmbeddedDatabase } = await import('../../embedded/index.ts')
  const database = await startEmbeddedDatabase()
  fastify.addHook('onClose', async () => { await database.close() })
  return database.uri
}

/** Optimization 2: one pool of connections for the process, with the sizes and times of the configuration. */
export default fp(async function mongodbPool (fastify) {
  const { config } = fastify
  // hooks of onClose run last in, first out: the driver closes before its server
  const url = config.MONGODB_URI || await startEmbedded(fastify)
  await fastify.register(mongodb, {
    url,
    database: config.MONGODB_DATABASE || new URL(url).pathname.slice(1) || DEFAULT_DATABASE,
    appName: 'sahm',
    monitorCommands: true,
    maxPoolSize: config.MONGODB_MAX_POOL_SIZE,
    minPoolSize: config.MONGODB_MIN_POOL_SIZE,
    maxIdleTimeMS: config.MONGODB_MAX_IDLE_TIME_MS,
    waitQueueTimeoutMS: config.MONGODB_WAIT_QUEUE_TIMEOUT_MS,
    serverSelectionTimeoutMS: config.MONGODB_SERVER_SELECTION_TIMEOUT_MS
  })
  fastify.decorate('databaseAddress', url.replace(/\/\/[^@/]*@/, '//'))
}, { name: 'mongodb', dependencies: ['config'] })
