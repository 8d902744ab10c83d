import t from 'tap'
import { buildApp } from '../helper.ts'

const pace = { contract: true, dryRun: false, batchSize: 100, share: 100, signal: new AbortController().signal, tell () {} }

t.test('sessions of old kept the index from being built; they and their own index go', async (t) => {
  const fastify = await buildApp(t)
  const sessions = fastify.documents.collection('sessions')
  await sessions.dropIndexes()
  await sessions.createIndex({ token_hash: 1 }, { unique: true })
  await sessions.insertMany([{ token_hash: 'old-1' }, { token_hash: 'old-2' }, { token_hash: 'new', family_hash: 'new' }])
  const differences = async () => (await fastify.indexes.check()).filter(({ collection }) => collection === 'sessions').map(({ kind, name }) => `${kind} ${name}`)
  await fastify.indexes.apply()
  t.strictSame(await differences(), ['missing family_hash_1', 'extra token_hash_1'])

  t.equal(await fastify.migrations.run(pace), true)
  t.strictSame(await differences(), [])
  t.equal(await sessions.countDocuments(), 1)
})

t.test('where there are none it changes nothing', async (t) => {
  const fastify = await buildApp(t)
  t.equal(await fastify.migrations.run(pace), true)
  t.strictSame((await fastify.indexes.check()).length, 0)
})
