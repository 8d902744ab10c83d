import { MongoClient } from 'mongodb'
import t, { type Test } from 'tap'
import databaseMetrics from '../../../plugins/app/database-metrics/index.ts'
import { countConnections } from '../../../plugins/app/database-metrics/pool.ts'
import metrics from '../../../plugins/app/metrics/index.ts'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildBare, databaseName, testEnv } from '../../helper.ts'

async function buildCounted (t: Test, env: Environment = {}) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(mongodb)
  await fastify.register(metrics)
  await fastify.register(databaseMetrics)
  const numberOf = async (name: string) => {
    const text = await fastify.metrics.metrics()
    return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ').at(-1))
  }
  return { fastify, db: fastify.mongo.client.db(databaseName()), numberOf }
}

t.test('commands are counted by their name', async (t) => {
  const { db, numberOf } = await buildCounted(t)
  await Promise.all([db.command({ ping: 1 }), db.command({ ping: 1 }), db.collection('none').findOne()])
  t.equal(await numberOf('db_commands_total{command="ping"}'), 2)
  t.equal(await numberOf('db_commands_total{command="find"}'), 1)
})

t.test('connections are counted, those in use and those that wait for one', async (t) => {
  const { db, numberOf } = await buildCounted(t, { MONGODB_MAX_POOL_SIZE: 2 })
  const commands = Array.from({ length: 10 }, () => db.command({ ping: 1 }))
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(await numberOf('db_pool_connections{state="waiting"}') > 0)

  await Promise.all(commands)
  t.equal(await numberOf('db_pool_connections{state="size"}'), 2)
  t.equal(await numberOf('db_pool_connections{state="in_use"}'), 0)
  t.equal(await numberOf('db_pool_connections{state="waiting"}'), 0)
  t.equal(await numberOf('db_pool_checkout_seconds_count'), 10)
})

t.test('a wait that a signal ends is over', async (t) => {
  const { db, numberOf } = await buildCounted(t, { MONGODB_MAX_POOL_SIZE: 1 })
  const commands = Array.from({ length: 5 }, () => db.command({ ping: 1 }))
  const impatient = Array.from({ length: 5 }, () => db.command({ ping: 1 }, { signal: AbortSignal.timeout(0) }))
  const outcomes = await Promise.allSettled(impatient)
  t.ok(outcomes.some(({ status }) => status === 'rejected'))

  await Promise.all(commands)
  t.equal(await numberOf('db_pool_connections{state="waiting"}'), 0)
})

t.test('without a connection to the database there is none to count', async (t) => {
  t.strictSame(countConnections(new MongoClient('mongodb://127.0.0.1:1')), { size: 0, in_use: 0, waiting: 0 })
})

t.test('it stops listening when the server closes', async (t) => {
  const { fastify } = await buildCounted(t)
  const { client } = fastify.mongo
  await fastify.close()
  t.equal(client.listenerCount('connectionCheckedOut'), 0)
})
