import { hostname } from 'node:os'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { MongoClient } from 'mongodb'
import t, { type Test } from 'tap'
import { startEmbeddedDatabase } from '../../../../embedded/index.ts'
import cacheWarming from '../../../../plugins/app/cache-warming/index.ts'
import cache from '../../../../plugins/app/cache/index.ts'
import documents from '../../../../plugins/app/documents.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import redis from '../../../../plugins/external/redis.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { databaseName, dropDatabase, testEnv } from '../../../helper.ts'
import { buildInstance } from './instance.ts'

/** A database that outlives the servers of a test. */
async function startDatabase (t: Test) {
  const embedded = process.env.MONGODB_URI ? undefined : await startEmbeddedDatabase()
  const uri = process.env.MONGODB_URI || String(embedded?.uri)
  const client = await new MongoClient(uri).connect()
  const database = client.db(databaseName())
  t.teardown(async () => {
    await dropDatabase(database)
    await client.close()
    await embedded?.close()
  })
  return { uri, entries: database.collection<{ _id: string, keys: unknown, createdAt: Date }>('cache_entries') }
}

/** A server with one cache, and what that has loaded. */
async function start (t: Test, env: Environment) {
  const fastify: FastifyInstance = Fastify()
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(fp(async () => {}, { name: 'demo-data' }))
  for (const plugin of [mongodb, documents, metrics, redis, cache, cacheWarming]) await fastify.register(plugin)
  const loaded: number[] = []
  const squares = fastify.cache.define({ name: 'squares', ttlMs: 60_000, load: async (n: number) => { loaded.push(n); return n * n } })
  await fastify.ready()
  return { fastify, squares, loaded }
}

const keysWarmed = async ({ metrics }: FastifyInstance) => Number(/^cache_warming_keys_total (\d+)/m.exec(await metrics.metrics())?.[1])

t.test('an instance that starts again has what it was asked for most, before anybody asks', async (t) => {
  const { uri, entries } = await startDatabase(t)
  const env = { MONGODB_URI: uri, INSTANCE_ID: 'one' }
  const before = await start(t, env)
  for (const n of [1, 2, 2, 3, 3, 3]) await before.squares.get(n)
  await before.fastify.close()
  t.match(await entries.findOne({ _id: 'hottest:one' }), { keys: ['squares:[3]', 'squares:[2]'], createdAt: Date })

  const after = await start(t, env)
  t.strictSame(after.loaded.sort(), [2, 3])
  t.equal(await keysWarmed(after.fastify), 2)
  t.equal(await after.squares.get(3), 9)
  t.equal(after.loaded.length, 2, 'and asking loads nothing more')

  t.strictSame((await start(t, { ...env, INSTANCE_ID: 'two' })).loaded, [], 'another instance has its own')
})

t.test('an instance without a name has that of its host, and one that nobody asked leaves what is stored', async (t) => {
  const { uri, entries } = await startDatabase(t)
  await entries.insertOne({ _id: `hottest:${hostname()}`, keys: ['squares:[7]'], createdAt: new Date() })
  const { fastify, loaded } = await start(t, { MONGODB_URI: uri })
  t.strictSame(loaded, [7])
  await fastify.close()
  t.match(await entries.findOne({}), { keys: ['squares:[7]'] })
})

t.test('what is stored is input: junk in it is passed over', async (t) => {
  const { uri, entries } = await startDatabase(t)
  const junk = ['squares:[4]', 'squares:[', 'squares:[1,]', 'squares:{}', 'squares:[{"$gt":0}]', 'squares', '', ':[]', 'nobody:[1]', `squares:["${'x'.repeat(1000)}"]`, 5, null, { a: 1 }]
  for (const [instance, keys, expected] of [['list', junk, [4]], ['text', 'squares:[4]', []], ['many', Array.from({ length: 150 }, (_, n) => `squares:[${n}]`), { length: 100 }]] as const) {
    await entries.insertOne({ _id: `hottest:${instance}`, keys, createdAt: new Date() })
    t.match((await start(t, { MONGODB_URI: uri, INSTANCE_ID: instance })).loaded, expected, instance)
  }
})

t.test('a database that is away costs a line in the log at the start and at the stop, nothing else', async (t) => {
  const away = async () => { throw new Error('away') }
  const { fastify, lines } = await buildInstance(t, { entries: { findOne: away, updateOne: away } })
  const squares = fastify.cache.define({ name: 'squares', ttlMs: 60_000, load: async (n: number) => n * n })
  await fastify.ready()
  await squares.get(2)
  await squares.get(2)
  await fastify.close()

  t.match(lines, [{ msg: 'cache warming failed', part: 'hottest keys' }, { msg: 'hottest keys not stored', err: { message: 'away' } }])
})
