import { once } from 'node:events'
import type { CommandSucceededEvent } from 'mongodb'
import t, { type Test } from 'tap'
import { identify } from '../../../../plugins/app/slow-query-log/query.ts'
import { createRecording, type Run } from '../../../../plugins/app/slow-query-log/recording.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import type { SlowQueryDocument } from '../../../../schemas/slow-queries.ts'
import { buildBare, databaseName, dropDatabase, testEnv } from '../../../helper.ts'

const LATER_MS = 3_600_000
const PLAN = { index: 'a_1', scan: false, keys_examined: 1, documents_examined: 1, returned: 1, sorted: false }
const queryNamed = (field: string) => identify('users', 'find', { filter: { [field]: '?' }, projection: { [field]: 1 } })

/** Recordings on a database of the test's own, as several processes have them. */
async function prepare (t: Test) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: testEnv })
  await fastify.register(mongodb)
  const { client } = fastify.mongo
  const database = client.db(databaseName())
  const records = database.collection<SlowQueryDocument>('slow_queries')
  fastify.addHook('preClose', async () => { await dropDatabase(database) })
  let dropped = 0
  const build = ({ soonMs = LATER_MS, intervalMs = LATER_MS, run = (command, options) => database.command(command, options) }: { soonMs?: number, intervalMs?: number, run?: Run } = {}) =>
    createRecording({ run, drop: (count) => { dropped += count }, soonMs, intervalMs })
  return { client, records, build, dropped: () => dropped }
}

t.test('what several processes record of a shape adds up', async (t) => {
  const { records, build, dropped } = await prepare(t)
  const [one, other] = [build(), build()]
  const query = queryNamed('a')
  one.add(query, 600, 'GET /v1/users')
  one.add(query, 900, undefined)
  other.add(query, 700, '$operation')
  other.add(query, 700, 'GET /v1/users')
  other.setPlan(query, PLAN)
  await one.stop()
  t.match(await records.findOne(), { count: 2, plan: null })
  await other.stop()

  const [record, ...others] = await records.find().toArray()
  t.match(record, { _id: query.id, collection: 'users', operation: 'find', shape: '{"filter":{"a":"?"}}', count: 4, total_ms: 2900, max_ms: 900, last_seen: Date, plan: PLAN })
  t.strictSame(record?.requests, ['GET /v1/users', '$operation'])
  t.strictSame(others, [])
  t.equal(dropped(), 0)

  const later = build()
  later.add(query, 1, undefined)
  await later.stop()
  t.match(await records.findOne(), { count: 5, max_ms: 900, plan: PLAN }, 'a plan stays')
})

t.test('who asked is remembered up to twenty names', async (t) => {
  const { records, build } = await prepare(t)
  for (const process of ['one', 'two']) {
    const recording = build()
    for (let n = 0; n < 25; n++) recording.add(queryNamed('a'), 1, `${process}${n}`)
    await recording.stop()
  }
  t.strictSame((await records.findOne())?.requests.map((name) => name.slice(0, 3)), Array.from({ length: 20 }, () => 'one'))
})

t.test('records are written in the background, without being asked to', async (t) => {
  const { client, records, build } = await prepare(t)
  const written = new Promise<void>((resolve) => {
    client.on('commandSucceeded', ({ commandName }: CommandSucceededEvent) => { if (commandName === 'update') resolve() })
  })
  const recording = build({ soonMs: 1, intervalMs: 1 })
  recording.add(queryNamed('a'), 600, undefined)
  await written
  t.match(await records.find().toArray(), [{ count: 1 }])

  const again = once(client, 'commandSucceeded')
  recording.setPlan(queryNamed('a'), PLAN)
  await again
  await recording.stop()
  t.match(await records.find().toArray(), [{ count: 1, plan: PLAN }], 'a plan that came later joins its query')
})

t.test('the first record after a pause is written soon, those that follow are gathered', async (t) => {
  const { client, records, build } = await prepare(t)
  const written = new Promise<void>((resolve) => {
    client.on('commandSucceeded', ({ commandName }: CommandSucceededEvent) => { if (commandName === 'update') resolve() })
  })
  const recording = build({ soonMs: 1 })
  recording.add(queryNamed('a'), 600, undefined)
  await written
  for (const field of ['a', 'b']) recording.add(queryNamed(field), 600, undefined)
  t.match(await records.find().toArray(), [{ count: 1 }])

  await recording.stop()
  t.equal(await records.countDocuments(), 2)
})

t.test('without the database records are dropped and counted, and nobody waits', async (t) => {
  const { build, dropped } = await prepare(t)
  const recording = build({ run: async () => { throw new Error('the database is away') } })
  for (const field of ['a', 'b', 'b']) recording.add(queryNamed(field), 600, undefined)
  await recording.stop()
  t.equal(dropped(), 2)
  recording.add(queryNamed('a'), 600, undefined)
  recording.setPlan(queryNamed('a'), PLAN)
  await recording.stop()
  t.equal(dropped(), 3, 'neither is anything kept after the end')
})

t.test('shapes are bounded, in memory and in the database', async (t) => {
  const { records, build, dropped } = await prepare(t)
  const recording = build()
  for (let n = 0; n < 202; n++) recording.add(queryNamed(`field${n}`), 600, undefined)
  await recording.stop()
  t.equal(await records.countDocuments(), 200)
  t.equal(dropped(), 2)

  await records.insertMany(Array.from({ length: 800 }, (_, n) => ({ ...record, _id: `${n}` })))
  const later = build()
  for (const field of ['field0', 'new']) later.add(queryNamed(field), 600, undefined)
  await later.stop()
  t.equal(await records.countDocuments(), 1000)
  t.match(await records.findOne({ _id: queryNamed('field0').id }), { count: 2 })
  t.equal(dropped(), 3)
})

const record: Omit<SlowQueryDocument, '_id'> = { collection: 'users', operation: 'find', shape: '{}', count: 1, total_ms: 1, max_ms: 1, last_seen: new Date(), requests: [], plan: null }
