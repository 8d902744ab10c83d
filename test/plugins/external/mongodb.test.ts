import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter, once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { MongoClient, MongoNetworkError, MongoTopologyClosedError } from 'mongodb'
import { startEmbeddedDatabase } from '../../../embedded/index.ts'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildBare, databaseName, dropDatabase, testEnv } from '../../helper.ts'
import { startMember } from '../../member.ts'

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
  t.equal((await build(t, { MONGODB_URI: uri })).mongo.db?.databaseName, databaseName())
  const { host } = new URL(uri)
  t.equal((await build(t, { MONGODB_URI: `mongodb://${host},${host}/named`, MONGODB_DATABASE: '' })).mongo.db?.databaseName, 'named', 'of several servers too')
})

/** A server on a database that is not there yet, and what it logs. */
async function buildEarly (t: Test, credentials = '') {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  taken.close()
  const told = new EventEmitter()
  const fastify = Fastify({ logger: { stream: { write (line: string) { told.emit((JSON.parse(line) as { msg: string }).msg) } } } })
  t.teardown(() => fastify.close())
  const isLate = once(told, 'the database is late: not ready until it is there')
  const MONGODB_URI = `mongodb://${credentials}127.0.0.1:${port}/sahm`
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'info', MONGODB_URI, MONGODB_SERVER_SELECTION_TIMEOUT_MS: 300 } })
  await fastify.register(mongodb)
  await isLate
  return {
    fastify,
    told,
    startDatabase: async (): Promise<void> => {
      const database = await startEmbeddedDatabase({ port })
      t.teardown(() => database.close())
    }
  }
}

t.test('a command that is written to a connection which has just ended fails, or is written to another one', async (t) => {
  const sockets: Socket[] = []
  const keep = (message: unknown): void => { sockets.push((message as { socket: Socket }).socket) }
  subscribe('net.client.socket', keep)
  t.teardown(() => { unsubscribe('net.client.socket', keep) })
  const { mongo: { client } } = await build(t, {})
  const numbers = client.db(databaseName()).collection('numbers')
  await numbers.insertOne({ number: 1 })
  let ends = 0
  client.on('commandStarted', ({ commandName }) => {
    if (!['insert', 'ping'].includes(commandName) || ends++ > 0) return
    // its last event is still to come
    for (const socket of sockets) socket.destroy()
  })

  await numbers.insertOne({ number: 2 })
  t.equal(ends, 2, 'it is tried once more')
  t.equal(await numbers.countDocuments({}), 2)
  ends = 0
  await t.rejects(client.db(databaseName()).command({ ping: 1 }), MongoNetworkError)
  await dropDatabase(numbers.db)
})

t.test('a database that is late is found when it is there', async (t) => {
  const { fastify, told, startDatabase } = await buildEarly(t)
  await t.rejects(fastify.mongo.client.db().command({ ping: 1 }))

  const isThere = once(told, 'the database is there')
  told.once('the database is away', () => { t.fail('it is looked for already') })
  const isConnected = fastify.reconnectDatabase()
  await startDatabase()
  await Promise.all([isThere, isConnected])
  t.match(await fastify.mongo.client.db().command({ ping: 1 }), { ok: 1 })
})

t.test('a set without a primary is not there, whatever the address prefers', async (t) => {
  const member = await startMember(t)
  const { mongo: { client }, reconnectDatabase } = await build(t, { MONGODB_URI: `${member.uri}&readPreference=secondaryPreferred` })
  member.become('secondary')
  let isConnected = false
  const connected = reconnectDatabase().then(() => { isConnected = true })
  // an attempt opens two, so the third one has begun
  await Promise.race([connected, member.connected(5)])
  t.notOk(isConnected)

  member.become('primary')
  await connected
  t.match(await client.db().command({ ping: 1 }), { ok: 1 })
})

t.test('one that is late and then refuses us is told once, and tried on', async (t) => {
  const { fastify, told } = await buildEarly(t, 'someone:secret@')
  const { port } = new URL(fastify.databaseAddress)
  let refusals = 0
  told.on('the database refuses the connection', () => { refusals++ })
  const isRefused = once(told, 'the database refuses the connection')
  const upstream = await startEmbeddedDatabase()
  t.teardown(() => upstream.close())
  const relay = createServer((client) => {
    const database = connect(Number(new URL(upstream.uri).port), '127.0.0.1')
    for (const socket of [client, database]) socket.on('error', () => {}).on('close', () => { client.destroy(); database.destroy() })
    client.pipe(database).pipe(client)
  }).listen(Number(port), '127.0.0.1')
  t.teardown(() => relay.close())
  await isRefused

  await t.rejects(fastify.mongo.client.db().command({ ping: 1 }), MongoTopologyClosedError, 'nobody waits for it')
  // an attempt opens two
  for (let connections = 0; connections < 6; connections++) await once(relay, 'connection')
  t.equal(refusals, 1)
})

t.test('one that is just being stopped is late, not a refusal', async (t) => {
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  // its answer to whoever has a password, with the code ShutdownInProgress
  const [refusal, shutdown] = [59, 91].map((code) => Buffer.from(`\x10code\0${String.fromCharCode(code)}\0\0\0`)) as [Buffer, Buffer]
  const proxy = createServer((client) => {
    const upstream = connect(Number(new URL(database.uri).port), '127.0.0.1')
    client.pipe(upstream).on('data', (bytes: Buffer) => {
      const at = bytes.indexOf(refusal)
      if (at !== -1) shutdown.copy(bytes, at)
      client.write(bytes)
    })
    for (const socket of [client, upstream]) socket.on('error', () => {}).on('close', () => { client.destroy(); upstream.destroy() })
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => proxy.close())

  const { port } = proxy.address() as { port: number }
  const fastify = await build(t, { MONGODB_URI: `mongodb://someone:secret@127.0.0.1:${port}`, MONGODB_SERVER_SELECTION_TIMEOUT_MS: 300 })
  await t.rejects(fastify.mongo.client.connect(), { code: 91 })
})

t.test('the address that people see has no password', async (t) => {
  const embedded = await build(t, { MONGODB_URI: '' })
  const withPassword = embedded.databaseAddress.replace('//', '//someone:secret@').replace(/\/?$/, '/?authMechanism=PLAIN')
  const fastify = await build(t, { MONGODB_URI: embedded.databaseAddress })

  t.equal(fastify.databaseAddress, embedded.databaseAddress)
  await t.rejects(build(t, { MONGODB_URI: withPassword, MONGODB_SERVER_SELECTION_TIMEOUT_MS: 300 }))
})
