import { Writable } from 'node:stream'
import Fastify from 'fastify'
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent } from 'mongodb'
import t, { type Test } from 'tap'
import metrics from '../../../../plugins/app/metrics/index.ts'
import requestContext from '../../../../plugins/app/request-context.ts'
import slowQueryLog from '../../../../plugins/app/slow-query-log/index.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { databaseName, testEnv } from '../../../helper.ts'

const COLLECTION = 'documents'
const SECRET = 'secret-value'

/** An event of the driver, as far as the log reads it. */
function event<T> (fields: Partial<T>): T {
  return fields as T
}

/** A server with the log on a database of 5,000 documents, whose every scan takes more than a millisecond. */
async function buildSlow (t: Test, env: Environment = {}) {
  const lines: Array<Record<string, unknown>> = []
  const stream = new Writable({
    write (chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    }
  })
  const fastify = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'warn', SLOW_QUERY_MS: 1, ...env } })
  await fastify.register(mongodb)
  const { client } = fastify.mongo
  const collection = client.db(databaseName).collection(COLLECTION)
  await collection.insertMany(Array.from({ length: 5000 }, (_, n) => ({ n, text: `${SECRET} ${n}` })))
  fastify.addHook('preClose', async () => { await client.db(databaseName).dropDatabase() })

  await fastify.register(metrics)
  await fastify.register(requestContext)
  await fastify.register(slowQueryLog)
  return { fastify, collection, lines }
}

t.test('a slow query is logged with its shape, without its values, and with its request', async (t) => {
  const { fastify, collection, lines } = await buildSlow(t)
  fastify.get('/search', async (request) => {
    await collection.find({ text: { $regex: `${SECRET} 49.*` }, n: { $in: [4990, 4991] } }).sort({ n: -1 }).toArray()
    return request.id
  })

  const { body } = await fastify.inject('/search')
  const [line] = lines
  t.match(line, {
    level: 40,
    msg: 'slow query',
    collection: COLLECTION,
    operation: 'find',
    reqId: body,
    request: 'GET /search',
    shape: { filter: { text: { $regex: '?' }, n: { $in: ['?'] } }, sort: { n: -1 } }
  })
  t.ok(Number(line?.duration_ms) > 1)
  t.notMatch(JSON.stringify(lines), SECRET)
  t.match(await fastify.metrics.metrics(), `slow_queries_total{collection="${COLLECTION}",operation="find"} 1`)
})

t.test('the later parts of a long answer belong to their collection', async (t) => {
  const { collection, lines } = await buildSlow(t)
  await collection.find().batchSize(2000).toArray()
  t.match(lines.find(({ operation }) => operation === 'getMore'), { collection: COLLECTION, reqId: undefined })
})

t.test('a command that fails slowly is logged; one without a collection has none', async (t) => {
  const { fastify, collection, lines } = await buildSlow(t)
  await t.rejects(collection.aggregate([{ $match: { text: /\d/ } }, { $sort: { text: 1 } }, { $project: { n: { $divide: ['$n', 0] } } }]).toArray())
  t.match(lines[0], { collection: COLLECTION, operation: 'aggregate' })

  fastify.mongo.client.emit('commandStarted', event<CommandStartedEvent>({ requestId: -1, commandName: 'ping', command: { ping: 1 } }))
  fastify.mongo.client.emit('commandFailed', event<CommandFailedEvent>({ requestId: -1, commandName: 'ping', duration: 900 }))
  t.match(lines.at(-1), { collection: 'none', operation: 'ping', duration_ms: 900 })
})

t.test('quick queries are neither logged nor counted', async (t) => {
  const { fastify, collection, lines } = await buildSlow(t, { SLOW_QUERY_MS: 60_000 })
  await collection.find().toArray()
  t.strictSame(lines, [])
  t.notMatch(await fastify.metrics.metrics(), 'slow_queries_total{')
})

t.test('commands whose reply never comes are forgotten, the oldest first', async (t) => {
  const { fastify, lines } = await buildSlow(t)
  const { client } = fastify.mongo
  const start = (requestId: number) => client.emit('commandStarted', event<CommandStartedEvent>({ requestId, commandName: 'find', command: { find: COLLECTION } }))
  const end = (requestId: number) => client.emit('commandSucceeded', event<CommandSucceededEvent>({ requestId, commandName: 'find', duration: 900 }))
  for (let id = 1; id <= 2001; id++) start(-id)
  end(-1)
  t.strictSame(lines, [], 'the first has been forgotten')
  end(-2)
  end(-2001)
  t.equal(lines.length, 2)
})

t.test('it stops listening when the server closes, and does not begin when left out', async (t) => {
  const { fastify } = await buildSlow(t)
  const before = fastify.mongo.client.listenerCount('commandStarted')
  await fastify.close()
  t.equal(fastify.mongo.client.listenerCount('commandStarted'), before - 1)

  const { collection, lines } = await buildSlow(t, { OPTIMIZATIONS_OFF: 'slow-query-log' })
  await collection.find().toArray()
  t.strictSame(lines, [])
})
