import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { MongoServerError, ObjectId } from 'mongodb'
import documents from '../../../plugins/app/documents.ts'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildBare, dropDatabase, testEnv } from '../../helper.ts'

async function build (t: Parameters<typeof buildBare>[0], env: Environment = {}) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(mongodb)
  await fastify.register(documents)
  fastify.addHook('preClose', async () => { await dropDatabase(fastify.mongo.db) })
  return fastify
}

t.test('a projection has what was asked for and what rules need, and nothing else', async (t) => {
  const { documents } = await build(t)

  t.strictSame(documents.project(['id', 'username'], ['user_id']), { user_id: 1, _id: 1, username: 1 })
  t.strictSame(documents.project([], ['user_id']), { user_id: 1 })
  t.equal(documents.project(undefined, ['user_id']), undefined, 'all fields when none are named')
})

t.test('without the optimization every read has all fields', async (t) => {
  const { documents } = await build(t, { OPTIMIZATIONS_OFF: 'projections' })
  t.equal(documents.project(['username'], ['user_id']), undefined)
})

t.test('a text that is no identifier names no document', async (t) => {
  const { documents } = await build(t)
  const text = '0123456789abcdef01234567'

  t.equal(documents.toId(text)?.toHexString(), text)
  for (const wrong of ['', 'twelve bytes', text.toUpperCase(), `${text}0`]) t.equal(documents.toId(wrong), null, wrong)
  t.strictSame(documents.toIds(['nonsense', text]), [new ObjectId(text)])
})

t.test('duplicates are told from other errors', async (t) => {
  const { documents } = await build(t)

  t.ok(documents.isDuplicate(new MongoServerError({ message: 'E11000', code: 11_000 })))
  t.notOk(documents.isDuplicate(new MongoServerError({ message: 'not supported', code: 115 })))
  t.notOk(documents.isDuplicate(new Error('E11000')))
})

t.test('writes that gave way to others are told from those that failed', async (t) => {
  const { documents } = await build(t)

  t.ok(documents.gaveWay(new MongoServerError({ message: 'WriteConflict', code: 112 })))
  t.ok(documents.gaveWay(new MongoServerError({ message: 'deadlock detected', code: 16_908_292 })), 'DocumentDB')
  t.notOk(documents.gaveWay(new MongoServerError({ message: 'E11000', code: 11_000 })))
  t.notOk(documents.gaveWay(new Error('deadlock detected')))
})

t.test('transactions that wait for each other are both done in the end', async (t) => {
  const { documents } = await build(t)
  const counters = documents.collection<{ _id: string, count: number }>('counters')
  await counters.insertMany([{ _id: 'a', count: 0 }, { _id: 'b', count: 0 }])
  const gate = new EventEmitter()
  const bothHaveBegun = once(gate, 'open')
  let tries = 0
  const addTo = async (first: string, second: string) => await documents.transact(async (session) => {
    await counters.updateOne({ _id: first }, { $inc: { count: 1 } }, { session })
    if (++tries === 2) gate.emit('open')
    await bothHaveBegun
    await counters.updateOne({ _id: second }, { $inc: { count: 1 } }, { session })
  })
  await Promise.all([addTo('a', 'b'), addTo('b', 'a')])

  t.strictSame(await counters.find().sort({ _id: 1 }).toArray(), [{ _id: 'a', count: 2 }, { _id: 'b', count: 2 }])
  t.ok(tries > 2, 'one of them was begun anew')
})

t.test('what a transaction has done is there for good: most servers have it', async (t) => {
  const { documents, mongo } = await build(t)
  const commands: Array<Record<string, unknown>> = []
  mongo.client.on('commandStarted', ({ command }) => { commands.push(command) })
  const counters = documents.collection('counters')
  await documents.transact((session) => counters.insertOne({ count: 0 }, { session }))

  t.match(commands, [{ insert: 'counters', readConcern: { level: 'snapshot' } }, { commitTransaction: 1, writeConcern: { w: 'majority' } }])
})

t.test('a transaction is begun anew where the engine does not see a collection yet, not for any other error', async (t) => {
  const { documents } = await build(t)
  const failures = [new MongoServerError({ message: 'Unable to create the specified collection', code: 1 })]
  const answer = await documents.transact(async () => {
    const failure = failures.pop()
    if (failure) throw failure
    return 'done'
  })
  t.equal(answer, 'done')

  let tries = 0
  await t.rejects(documents.transact(async () => {
    tries++
    throw new MongoServerError({ message: 'out of space', code: 1 })
  }), { message: 'out of space' })
  t.equal(tries, 1)
})

t.test('a free place is one that is not taken', async (t) => {
  const { documents } = await build(t)

  t.equal(documents.freePlace(4, [0, 3, 1]), 2)
  t.equal(documents.freePlace(2, [0, 1]), undefined)
  t.strictSame([...new Set(Array.from({ length: 200 }, () => documents.freePlace(3, [1])))].sort(), [0, 2])
})

t.test('united pipelines give the results of each, in their order, however many there are', async (t) => {
  const fastify = await build(t)
  const collection = fastify.documents.collection<{ owner: number }>('united')
  const owners = Array.from({ length: 123 }, (_, i) => i)
  await collection.insertMany(owners.map((owner) => ({ owner })))

  for (const count of [1, 10, 11, 100, 123]) {
    const pipeline = fastify.documents.unite('united', owners.slice(0, count).map((owner) => [{ $match: { owner } }]))
    const found = await collection.aggregate<{ owner: number }>(pipeline).toArray()
    t.strictSame(found.map((document) => document.owner), owners.slice(0, count))
  }
})

t.test('a walk goes through all documents in the order of their making, or through those behind one', async (t) => {
  const { documents } = await build(t)
  const things = documents.collection('walked')
  await things.insertMany([3, 1, 2].map((n) => ({ _id: new ObjectId(String(n).repeat(24)), n, other: true })))
  const walk = async (after?: { n: number }) => (await (await documents.walk(things, { n: 1 }, after))?.toArray())?.map(({ _id, ...rest }) => rest)

  t.strictSame(await walk(), [{ n: 1 }, { n: 2 }, { n: 3 }])
  t.strictSame(await walk({ n: 2 }), [{ n: 3 }])
  t.equal(await walk({ n: 4 }), undefined)
})
