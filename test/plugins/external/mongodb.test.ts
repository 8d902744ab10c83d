import { createServer } from 'node:net'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { MongoClient } from 'mongodb'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildBare, databaseName, testEnv } from '../../helper.ts'

async function build (t: Test, env: Environment) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(mongodb)
  return fastify
}

t.test('without an address the embedded database starts in this process and ends with the server', async (t) => {
  const fastify = await build(t, { MONGODB_URI: '' })
  const address = fastify.databaseAddress

  t.match(address, /^mongodb:\/\/127\.0\.0\.1:\d+/)
  t.match(await fastify.mongo.db?.command({ ping: 1 }), { ok: 1 })
  await fastify.close()
  await t.rejects(MongoClient.connect(address, { serverSelectionTimeoutMS: 200 }))
})

t.test('the pool has the sizes and times of the configuration', async (t) => {
  const { mongo } = await build(t, { MONGODB_MAX_POOL_SIZE: 7, MONGODB_MIN_POOL_SIZE: 0, MONGODB_WAIT_QUEUE_TIMEOUT_MS: 1234 })

  t.match(mongo.client.options, { maxPoolSize: 7, minPoolSize: 0, maxIdleTimeMS: 60_000, waitQueueTimeoutMS: 1234, monitorCommands: true })
})

t.test('the database is the one configured, else the one of the address', async (t) => {
  const embedded = await build(t, { MONGODB_URI: '', MONGODB_DATABASE: '' })
  t.equal(embedded.mongo.db?.databaseName, 'sahm')
  const uri = embedded.databaseAddress.replace(/\/?$/, '/named')

  t.equal((await build(t, { MONGODB_URI: uri, MONGODB_DATABASE: '' })).mongo.db?.databaseName, 'named')
  t.equal((await build(t, { MONGODB_URI: uri })).mongo.db?.databaseName, databaseName)
})

t.test('an unreachable database stops the start', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  taken.close()
  const uri = `mongodb://someone:secret@127.0.0.1:${port}/sahm`

  await t.rejects(build(t, { MONGODB_URI: uri, MONGODB_SERVER_SELECTION_TIMEOUT_MS: 100 }), { name: 'MongoServerSelectionError' })
})

t.test('the address that people see has no password', async (t) => {
  const embedded = await build(t, { MONGODB_URI: '' })
  const withPassword = embedded.databaseAddress.replace('//', '//someone:secret@').replace(/\/?$/, '/?authMechanism=PLAIN')
  const fastify = await build(t, { MONGODB_URI: embedded.databaseAddress })

  t.equal(fastify.databaseAddress, embedded.databaseAddress)
  await t.rejects(build(t, { MONGODB_URI: withPassword, MONGODB_SERVER_SELECTION_TIMEOUT_MS: 300 }))
})
