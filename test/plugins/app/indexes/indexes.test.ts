import { setTimeout as delay } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import documents from '../../../../plugins/app/documents.ts'
import indexes from '../../../../plugins/app/indexes/index.ts'
import { DECLARED_INDEXES } from '../../../../plugins/app/indexes/declarations.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import requestContext from '../../../../plugins/app/request-context.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { dropDatabase, testEnv } from '../../../helper.ts'

/** A server with indexes that are not created before `ready`; its log is kept. */
async function build (t: Test, env: Environment = {}) {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line) as Record<string, unknown>) } }
  const fastify: FastifyInstance = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'warn', ...env } })
  for (const plugin of [mongodb, documents, requestContext, metrics, indexes]) await fastify.register(plugin)
  fastify.addHook('preClose', async () => {
    await fastify.indexes.ensure()
    await dropDatabase(fastify.mongo.db)
  })
  return { fastify, lines, users: fastify.documents.collection('users') }
}

async function start (fastify: FastifyInstance) {
  await fastify.ready()
  await fastify.indexes.ensure()
}

const gauge = async ({ metrics }: FastifyInstance) => (await metrics.metrics()).match(/^index_differences.*$/gm)

t.test('the design note has its indexes, with its numbers', async (t) => {
  const declared = DECLARED_INDEXES.map(({ collection, key, options }) => JSON.stringify([collection, key, options]))
  const noted = [
    ['transactions', { user_id: 1, created_at: -1, status: 1 }, {}],
    ['analysts', { is_active: 1, rank: -1, created_at: -1 }, {}],
    ['users', { is_active: 1, subscription_expires: -1 }, {}],
    ['trade_signals', { analyst_id: 1, created_at: -1, status: 1 }, {}],
    ['sessions', { createdAt: 1 }, { expireAfterSeconds: 86400 }],
    ['cache_entries', { createdAt: 1 }, { expireAfterSeconds: 3600 }],
    ['temp_data', { createdAt: 1 }, { expireAfterSeconds: 600 }]
  ]
  for (const index of noted) t.ok(declared.includes(JSON.stringify(index)), JSON.stringify(index))
})

t.test('what is missing is created in the background, once', async (t) => {
  const { fastify, lines, users } = await build(t)
  t.equal((await fastify.indexes.check()).filter(({ kind }) => kind === 'missing').length, DECLARED_INDEXES.length)
  t.strictSame(fastify.indexes.state, { status: 'pending', differences: [] })

  await start(fastify)
  t.strictSame(fastify.indexes.state, { status: 'ready', differences: [] })
  t.strictSame(await fastify.indexes.check(), [])
  t.strictSame(await fastify.indexes.apply(), [], 'again changes nothing')
  await users.insertOne({ user_id: 1, username: 'one' })
  await t.rejects(users.insertOne({ user_id: 1, username: 'two' }), { code: 11_000 })
  t.strictSame(await gauge(fastify), ['missing', 'different', 'extra'].map((kind) => `index_differences{kind="${kind}"} 0`))
  t.strictSame(lines, [])
})

t.test('two servers that start at once on an empty database both succeed', async (t) => {
  const [{ fastify: one }, { fastify: two }] = [await build(t), await build(t)]
  await Promise.all([start(one), start(two)])

  t.strictSame([one.indexes.state.status, two.indexes.state.status], ['ready', 'ready'])
  t.strictSame(await one.indexes.check(), [])
})

t.test('an index with other options is reported, and replaced only on command', async (t) => {
  const { fastify, lines, users } = await build(t)
  const sessions = fastify.documents.collection('sessions')
  await users.createIndex({ username: 1 })
  await users.createIndex({ balance: 1 }, { sparse: true })
  await sessions.createIndex({ createdAt: 1 }, { expireAfterSeconds: 60 })
  await users.createIndex({ tier: 1 }, { name: 'user_id_1' })

  await start(fastify)
  t.equal(fastify.indexes.state.status, 'ready')
  const differences = fastify.indexes.state.differences.map(({ kind, collection, name }) => `${kind} ${collection}.${name}`)
  t.strictSame(differences.sort(), ['different sessions.createdAt_1', 'different users.user_id_1', 'different users.username_1', 'extra users.balance_1'])
  t.strictSame((await gauge(fastify))?.slice(1), ['index_differences{kind="different"} 3', 'index_differences{kind="extra"} 1'])
  t.match(lines, Array.from({ length: 3 }, () => ({ level: 40, kind: 'different', msg: 'index differs from its declaration' })))
  t.match(lines.find(({ name }) => name === 'username_1'), { declared: '{"key":{"username":1},"unique":true}', actual: '{"key":{"username":1}}' })

  t.match(await fastify.indexes.apply(), [{ kind: 'extra', name: 'balance_1', declared: null, actual: '{"key":{"balance":1},"sparse":true}' }])
  t.strictSame((await fastify.indexes.check()).map(({ kind }) => kind), ['extra'])
  t.ok((await users.indexes()).some(({ name }) => name === 'balance_1'), 'an extra index stays')
})

t.test('an index that cannot be built is reported, and the others are built', async (t) => {
  const { fastify, lines, users } = await build(t)
  await users.insertMany([{ user_id: 1, username: 'same' }, { user_id: 2, username: 'same' }])

  await start(fastify)
  t.equal(fastify.indexes.state.status, 'failed')
  t.match(fastify.indexes.state.differences, [{ kind: 'missing', collection: 'users', name: 'username_1' }])
  t.match(lines, [{ level: 50, msg: 'index not created', collection: 'users', index: 'username_1' }])
})

t.test('an index that cannot be replaced is put back', async (t) => {
  const { fastify, users } = await build(t)
  await users.createIndex({ username: 1 }, { sparse: true })
  await users.insertMany([{ user_id: 1, username: 'same' }, { user_id: 2, username: 'same' }])
  await start(fastify)

  await t.rejects(fastify.indexes.apply(), { code: 11_000 })
  t.match((await users.indexes()).find(({ name }) => name === 'username_1'), { sparse: true })
})

t.test('compound indexes can be left out, promises cannot', async (t) => {
  const { fastify } = await build(t, { OPTIMIZATIONS_OFF: 'compound-indexes' })
  await start(fastify)
  const names = (await Promise.all(['users', 'sessions', 'cache_entries'].map((name) => fastify.documents.collection(name).indexes()))).flat().map(({ name }) => name)

  t.strictSame(names.filter((name) => name !== '_id_').sort(), ['createdAt_1', 'createdAt_1', 'family_hash_1', 'user_id_1', 'username_1'])
  t.strictSame(await fastify.indexes.check(), [])
})

t.test('a server whose database fails starts all the same', async (t) => {
  const { fastify, lines } = await build(t)
  await fastify.mongo.client.close()
  await start(fastify)

  t.equal(fastify.indexes.state.status, 'failed')
  t.match(lines, [{ level: 50, msg: 'indexes not checked' }])
  await fastify.mongo.client.connect()
  // it is asked again until it answers; only the first time is told
  while (fastify.indexes.state.status === 'failed') await delay(10)
  t.equal(fastify.indexes.state.status, 'ready')
  t.equal(lines.length, 1)
})
