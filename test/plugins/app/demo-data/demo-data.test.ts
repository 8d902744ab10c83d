import argon2 from 'argon2'
import type { CommandStartedEvent } from 'mongodb'
import t, { type Test } from 'tap'
import { startEmbeddedDatabase } from '../../../../embedded/index.ts'
import demoData from '../../../../plugins/app/demo-data/index.ts'
import { createWriter } from '../../../../plugins/app/demo-data/writer.ts'
import documents from '../../../../plugins/app/documents.ts'
import indexes from '../../../../plugins/app/indexes/index.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import requestContext from '../../../../plugins/app/request-context.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { buildBare, dropDatabase, testEnv } from '../../../helper.ts'

async function register (t: Test, env: Environment) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  for (const plugin of [mongodb, documents, requestContext, metrics, indexes, demoData]) await fastify.register(plugin)
  return fastify
}

async function build (t: Test, env: Environment = {}) {
  const fastify = await register(t, env)
  fastify.addHook('preClose', async () => { await dropDatabase(fastify.mongo.db) })
  const count = (name: string) => fastify.documents.collection(name).countDocuments()
  const counts = () => Promise.all(['users', 'analysts', 'trade_signals', 'transactions', 'referral_earnings', 'withdrawal_addresses'].map(count))
  return { fastify, counts }
}

const OF_TWENTY = [20, 1, 50, 400, 30, 4]

t.test('an empty database is filled before the server is ready, and only an empty one', async (t) => {
  const database = process.env.MONGODB_URI ? undefined : await startEmbeddedDatabase()
  t.teardown(() => database?.close())
  const env = { DEMO_DATA: true, DEMO_USERS: 20, ...(database && { MONGODB_URI: database.uri }) }
  const { fastify, counts } = await build(t, env)
  await fastify.ready()
  t.strictSame(await counts(), OF_TWENTY)
  const user = await fastify.documents.collection('users').findOne({ username: 'demo-user' })
  t.ok(await argon2.verify(String(user?.password_hash), 'demo-password'))

  const again = await build(t, env)
  await fastify.documents.collection('users').deleteMany({ user_id: { $ne: 1 } })
  await again.fastify.ready()
  t.equal((await again.counts())[0], 1)
})

t.test('no demo data unless wanted', async (t) => {
  for (const env of [{ DEMO_DATA: true, DEMO_USERS: 0 }, { DEMO_USERS: 20, MONGODB_URI: process.env.MONGODB_URI ?? '' }]) {
    const { fastify, counts } = await build(t, env)
    await fastify.ready()
    const isEmbedded = fastify.config.MONGODB_URI === ''
    t.strictSame(await counts(), env.DEMO_USERS > 0 && isEmbedded ? OF_TWENTY : [0, 0, 0, 0, 0, 0])
    await fastify.close()
  }
})

t.test('a database that fails while it is filled fails the start', async (t) => {
  const database = process.env.MONGODB_URI ? undefined : await startEmbeddedDatabase()
  t.teardown(() => database?.close())
  const fastify = await register(t, { DEMO_DATA: true, DEMO_USERS: 20, ...(database && { MONGODB_URI: database.uri }) })
  await fastify.mongo.client.close()
  await t.rejects(async () => { await fastify.ready() }, /closed|connect/i)
})

t.test('two seedings at once leave one set of data', async (t) => {
  const { fastify, counts } = await build(t)
  await fastify.ready()
  const progress: number[][] = []

  await Promise.all([
    fastify.demoData.seed({ users: 20, onProgress: (written, total) => { progress.push([written, total]) } }),
    fastify.demoData.seed({ users: 20 })
  ])
  t.strictSame(await counts(), OF_TWENTY)
  t.equal(await fastify.demoData.isEmpty(), false)
  t.equal(progress.length, 6, 'told after each batch')
  t.strictSame(progress.at(-1), [505, 505])
})

t.test('many documents are written in large batches', async (t) => {
  const { fastify } = await build(t)
  await fastify.ready()
  const sizes: number[] = []
  fastify.mongo.client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'insert') sizes.push((command as { documents: unknown[] }).documents.length)
  })

  t.equal(await fastify.demoData.seed({ users: 600 }), 18 + 1500 + 600 * 22.5 + 4)
  t.ok(Math.max(...sizes) >= 2000)
})

t.test('a failed insert ends the seeding', async (t) => {
  const { fastify } = await build(t)
  const writer = createWriter({ collectionOf: (name) => fastify.documents.collection(name), isDuplicate: () => false, onWritten () {} })
  await fastify.documents.collection('users').createIndex({ name: 1 }, { unique: true })
  await writer.write('users', [{ name: 'same' }, { name: 'same' }])
  await t.rejects(writer.end(), { code: 11_000 })
})
