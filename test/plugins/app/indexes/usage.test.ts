import { MongoServerError, type Collection } from 'mongodb'
import t from 'tap'
import { createUsage } from '../../../../plugins/app/indexes/usage.ts'
import { buildApp } from '../../../helper.ts'

t.test('the indexes that there are, with what the engine at hand tells of their use', async (t) => {
  const fastify = await buildApp(t)
  const users = fastify.documents.collection('users')
  const others = fastify.documents.collection('others')
  await users.createIndex({ balance: 1 }, { sparse: true })
  await others.createIndex({ n: 1 })

  const usage = await fastify.indexes.usage(['others', 'users', 'absent'])
  const ofUsers = usage.filter(({ collection }) => collection === 'users')
  t.equal(ofUsers.length, 7, 'each once, without that of _id')
  t.match(ofUsers.find(({ name }) => name === 'user_id_1'), { key: { user_id: 1 }, isUnique: true, isComplete: true, purpose: 'unique' })
  t.match(ofUsers.find(({ name }) => name === 'balance_1'), { isUnique: false, isComplete: false, purpose: null })
  t.match(ofUsers.find(({ name }) => name === 'created_at_-1__id_-1'), { key: { created_at: -1, _id: -1 }, purpose: 'compound' })
  const [other] = usage.filter(({ collection }) => collection === 'others')
  t.match(other, { name: 'n_1', purpose: null, uses: process.env.MONGODB_URI ? Number : null })
})

t.test('uses of all shards add up, and what is not told is null', async (t) => {
  // several shards, and a user without the right to statistics, are nowhere here
  const collection = (stats: () => Promise<unknown>) => ({
    indexes: async () => [{ v: 2, name: 'a_1', key: { a: 1 } }, { v: 2, name: 'b_1', key: { b: 1 }, partialFilterExpression: {} }],
    aggregate: () => ({ toArray: stats })
  }) as unknown as Collection
  const usageOf = async (stats: () => Promise<unknown>) => (await createUsage([], () => collection(stats))(['users'])).map(({ name, uses, isComplete }) => ({ name, uses, isComplete }))

  const ofShards = async () => [3, 4].map((ops) => ({ name: 'a_1', accesses: { ops } }))
  t.strictSame(await usageOf(ofShards), [{ name: 'a_1', uses: 7, isComplete: true }, { name: 'b_1', uses: 0, isComplete: false }])
  t.match(await usageOf(async () => { throw new MongoServerError({ message: 'not authorized', code: 13 }) }), [{ uses: null }, { uses: null }])
  await t.rejects(usageOf(async () => { throw new Error('connection closed') }), { message: 'connection closed' })
})
