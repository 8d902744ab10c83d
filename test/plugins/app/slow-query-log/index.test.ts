import { once } from 'node:events'
import { Writable } from 'node:stream'
import Fastify from 'fastify'
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent } from 'mongodb'
import t, { type Test } from 'tap'
import documents from '../../../../plugins/app/documents.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import requestContext from '../../../../plugins/app/request-context.ts'
import slowQueryLog from '../../../../plugins/app/slow-query-log/index.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import type { Environment } from '../../../../schemas/config.ts'
import type { SlowQueryDocument } from '../../../../schemas/slow-queries.ts'
import { databaseName, dropDatabase, testEnv } from '../../../helper.ts'

const COLLECTION = 'documents'
const SECRET = 'secret-value'

/** An event of the driver, as far as the log reads it. */
function event<T> (fields: Partial<T>): T {
  return fields as T
}

/** A server with the log on a database of 5,000 documents; every command is slow, however quick the machine, unless `env` says when. */
async function buildSlow (t: Test, env: Environment = {}) {
  const lines: Array<Record<string, unknown>> = []
  const stream = new Writable({
    write (chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      stream.emit('line')
      done()
    }
  })
  const fastify = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'warn', ...env } })
  if (env.SLOW_QUERY_MS === undefined) fastify.config.SLOW_QUERY_MS = -1
  await fastify.register(mongodb)
  const { client } = fastify.mongo
  const collection = client.db(databaseName()).collection(COLLECTION)
  await collection.insertMany(Array.from({ length: 5000 }, (_, n) => ({ n, text: `${SECRET} ${n}` })))

  await fastify.register(documents)
  await fastify.register(metrics)
  await fastify.register(requestContext)
  await fastify.register(slowQueryLog)
  const kept: SlowQueryDocument[] = []
  // after the last records were written
  fastify.addHook('preClose', async () => {
    kept.push(...await fastify.slowQueryLog.recorded())
    await dropDatabase(fastify.mongo.db)
  })
  /** Resolves with the first line that has such a message, now or later. */
  async function lineOf (msg: string): Promise<Record<string, unknown>> {
    for (;;) {
      const line = lines.find((one) => one.msg === msg)
      if (line !== undefined) return line
      await once(stream, 'line')
    }
  }
  return { fastify, collection, lines, lineOf, kept }
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
    trace_id: undefined,
    plan: undefined,
    shape: { filter: { text: { $regex: '?' }, n: { $in: ['?'] } }, sort: { n: -1 } }
  })
  t.type(line?.duration_ms, 'number')
  t.notMatch(JSON.stringify(lines), SECRET)
  t.match(await fastify.metrics.metrics(), `slow_queries_total{collection="${COLLECTION}",operation="find"} 1`)
})

t.test('a planted slow query is explained by the engine at hand, and recorded with whoever asked', async (t) => {
  const { fastify, collection, lineOf, kept } = await buildSlow(t)
  fastify.get('/search', async () => await collection.find({ text: `${SECRET} 7` }).sort({ n: -1 }).toArray())
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  await fastify.inject({ url: '/search', headers: { traceparent } })

  const line = await lineOf('slow query')
  const explained = await lineOf('slow query explained')
  const plan = { index: null, scan: true, documents_examined: 5000, returned: 1, sorted: true }
  t.match(line, { request: 'GET /search', trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' })
  t.match(explained, { query: line.query, collection: COLLECTION, operation: 'find', reqId: line.reqId, trace_id: line.trace_id, request: line.request, plan })
  t.notMatch(JSON.stringify(explained), SECRET)
  t.match(await fastify.metrics.metrics(), 'slow_query_plans_total{outcome="explained"} 1')

  await fastify.close()
  t.match(kept, [{ _id: line.query, collection: COLLECTION, operation: 'find', shape: '{"filter":{"text":"?"},"sort":{"n":-1}}', count: 1, requests: ['GET /search'], plan }])
  t.equal(kept[0]?.total_ms, line.duration_ms)
})

t.test('a shape is explained once, whatever its values, limits and fields', async (t) => {
  const { collection, lines, lineOf, kept, fastify } = await buildSlow(t)
  await collection.find({ text: `${SECRET} 7` }).toArray()
  const { plan } = await lineOf('slow query explained')
  await collection.find({ text: `${SECRET} 8` }, { limit: 7, projection: { n: 1 } }).toArray()
  await collection.updateMany({ text: `${SECRET} 9` }, { $set: { text: SECRET } })

  const [, , second, third] = lines
  t.match(second, { msg: 'slow query', query: lines[0]?.query, plan })
  t.match(third, { operation: 'update', plan: undefined })
  await fastify.close()
  t.equal(lines.filter(({ msg }) => msg === 'slow query explained').length, 1, 'writes are not explained')
  t.match(kept.sort((one, other) => other.count - one.count), [
    { operation: 'find', count: 2, requests: [], plan },
    { operation: 'update', count: 1, shape: '{"updates":[{"q":{"text":"?"}}]}', plan: null }
  ])
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

t.test('a change stream that waits for changes is not slow', async (t) => {
  const { fastify, lines } = await buildSlow(t)
  const { client } = fastify.mongo
  client.emit('commandStarted', event<CommandStartedEvent>({ requestId: 1e6, command: { getMore: 7n, collection: 'changing', maxTimeMS: 1000 } }))
  client.emit('commandSucceeded', event<CommandSucceededEvent>({ requestId: 1e6, commandName: 'getMore', duration: 1000 }))
  t.notOk(lines.some(({ collection }) => collection === 'changing'))
  t.notMatch(await fastify.metrics.metrics(), 'collection="changing"')
})

t.test('of the batches of one cursor the first slow one is logged, and all are counted', async (t) => {
  const { fastify, lines } = await buildSlow(t)
  const { client } = fastify.mongo
  for (const [requestId, cursor] of [[1e6, 7n], [1e6 + 1, 7n], [1e6 + 2, 8n], [1e6 + 3, 7n]] as const) {
    client.emit('commandStarted', event<CommandStartedEvent>({ requestId, command: { getMore: cursor, collection: 'exported' } }))
    client.emit('commandSucceeded', event<CommandSucceededEvent>({ requestId, commandName: 'getMore', duration: 5 }))
  }
  t.equal(lines.filter(({ collection }) => collection === 'exported').length, 2)
  t.match(await fastify.metrics.metrics(), 'slow_queries_total{collection="exported",operation="getMore"} 4')
})
