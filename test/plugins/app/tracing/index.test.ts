import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import app, { options } from '../../../../app.ts'
import type { Environment } from '../../../../schemas/config.ts'
import type { OutboxDocument } from '../../../../schemas/jobs.ts'
import { startCollector } from '../../../collector.ts'
import { buildApp, dropDatabase, testEnv } from '../../../helper.ts'
import { until } from '../../../jobs.ts'
import { addPerson } from '../../../people.ts'
import { needsRedis, startRedis } from '../../../redis.ts'
import { ADDRESS, addHolder, buildWithProvider, clientOf } from '../../../withdrawals.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT_ID = 'b7ad6b7169203331'
const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`
/** Of queries that the process has answered before. */
const UNKEPT = { OPTIMIZATIONS_OFF: 'response-cache,value-cache' }

/** A server that answers with the status that its path names, or breaks the connection. */
async function startOther (t: Test) {
  const heard: unknown[] = []
  const other = createServer((request, response) => {
    heard.push(request.headers.traceparent)
    const status = Number(request.url?.slice(1, 4))
    if (status === 0) response.destroy()
    else response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => { other.close().closeAllConnections() })
  return { heard, url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` }
}

/** The application with routes that fail. */
async function buildFailing (t: Test, env: Environment): Promise<FastifyInstance> {
  const fastify = Fastify({ ...options, pluginTimeout: 120_000 })
  t.teardown(() => fastify.close())
  await fastify.register(fp(app), { env: { ...testEnv, ...env } })
  fastify.addHook('preClose', async () => { await dropDatabase(fastify.mongo.db) })
  fastify.get('/broken', async () => await fastify.mongo.db?.command({ noSuchCommand: 1 }))
  fastify.get('/wrong', async () => await fastify.redis?.call('NOSUCHCOMMAND'))
  fastify.get('/other', async (request) => {
    const { url } = request.query as { url: string }
    return await fetch(url).then(() => 'there', () => 'away')
  })
  await fastify.ready()
  await fastify.indexes.ensure()
  return fastify
}

t.test('a request, its operation, resolvers, batches and commands are one trace, compiled or not', needsRedis, async (t) => {
  const redis = await startRedis(t)
  const collector = await startCollector(t)
  const fastify = await buildApp(t, { env: { ...collector.env, ...UNKEPT, REDIS_URL: redis.url } })
  const person = await addPerson(fastify, 'ada')
  const payload = { query: 'query Own { me { username stats { transactionCount } } topAnalysts { id } }', operationName: 'Own' }

  for (const round of ['1', '2', '3']) {
    const traceId = TRACE_ID.slice(0, -1) + round
    const answer = await fastify.inject({ method: 'POST', url: '/graphql', headers: { ...person.headers, traceparent: `00-${traceId}-${PARENT_ID}-01` }, payload })
    t.strictSame(answer.json(), { data: { me: { username: 'ada', stats: { transactionCount: 0 } }, topAnalysts: [] } })
    await fastify.otel?.flush()
    t.strictSame(collector.paths(traceId).filter((path) => !path.endsWith('> eval')), [
      'POST /graphql',
      'POST /graphql > query',
      'POST /graphql > query > Query.me',
      'POST /graphql > query > Query.me > load users',
      'POST /graphql > query > Query.me > load users > find users',
      'POST /graphql > query > Query.topAnalysts',
      'POST /graphql > query > Query.topAnalysts > find analysts',
      'POST /graphql > query > load userStats',
      'POST /graphql > query > load userStats > aggregate users'
    ], `round ${round}`)
  }
  const spanOf = (name: string) => collector.spans().find((span) => span.name === name)
  t.match(spanOf('POST /graphql'), { kind: 'server', parentSpanId: PARENT_ID, values: { 'http.route': '/graphql', 'http.request.method': 'POST', 'http.response.status_code': 200 } })
  t.match(spanOf('query'), { kind: 'internal', values: { 'graphql.operation.type': 'query', 'graphql.operation.name': 'Own' } })
  t.match(spanOf('load users'), { values: { 'sahm.loader.keys': 1 } })
  t.match(spanOf('find users'), { kind: 'client', values: { 'db.system.name': 'mongodb', 'db.operation.name': 'find', 'db.collection.name': 'users', 'server.address': '127.0.0.1' } })
  t.match(spanOf('eval'), { kind: 'client', values: { 'db.system.name': 'redis', 'db.operation.name': 'eval', 'db.namespace': '0', 'server.port': Number(new URL(redis.url).port) } })
})

t.test('a withdrawal, its job and the call to the provider are one trace', needsRedis, async (t) => {
  const redis = await startRedis(t)
  const collector = await startCollector(t)
  const { fastify } = await buildWithProvider(t, { env: { ...collector.env, REDIS_URL: redis.url } })
  const holder = await addHolder(fastify, 'ada')
  const { withdrawal } = clientOf(fastify, holder)
  const made = await fastify.inject({
    method: 'POST',
    url: '/v1/withdrawals',
    headers: { ...holder.headers, traceparent, 'idempotency-key': 'one' },
    payload: { amount: '20.000000', wallet_address: ADDRESS, network: 'ERC20' }
  })
  t.equal(made.statusCode, 201, made.body)
  await until(async () => (await withdrawal(made.json<{ id: string }>().id)).status === 'paid')
  await until(async () => {
    await fastify.otel?.flush()
    return collector.spans().some(({ name }) => name === 'process withdrawal')
  })

  const paths = collector.paths(TRACE_ID)
  for (const path of ['insert outbox', 'commitTransaction admin', 'process withdrawal', 'process withdrawal > POST', 'process withdrawal > delete outbox']) {
    t.ok(paths.some((one) => one.startsWith('POST /v1/withdrawals') && one.endsWith(`> ${path}`)), path)
  }
  const job = collector.spans().find(({ name }) => name === 'process withdrawal')
  t.match(job, { kind: 'consumer', status: { code: 0 }, values: { 'messaging.operation.type': 'process', 'messaging.destination.name': 'withdrawal', 'sahm.job.attempt': 1 } })
  const called = collector.spans().find(({ name, traceId, values }) => traceId === TRACE_ID && name === 'POST' && values['http.request.method'] === 'POST')
  t.match(called, { kind: 'client', values: { 'http.response.status_code': Number, 'url.full': /^http:\/\/127\.0\.0\.1:\d+\// } })
})

t.test('what fails is marked, without its message; the client’s faults are not', needsRedis, async (t) => {
  const redis = await startRedis(t)
  const collector = await startCollector(t)
  const fastify = await buildFailing(t, { ...collector.env, REDIS_URL: redis.url })
  const other = await startOther(t)
  const ask = async (url: string) => await fastify.inject({ url, headers: { traceparent } })
  for (const url of ['/broken?secret=1', '/wrong', '/nowhere', '/v1/users/me', '/graphql?query={me{username}}', '/graphql?query={', '/graphql?query={__typename}&operationName=Nobody']) await ask(url)
  for (const url of [`${other.url}/200?secret=1`, `${other.url}/503`, `${other.url}/000`, 'https://127.0.0.1/']) await ask(`/other?url=${encodeURIComponent(url)}`)
  t.strictSame(other.heard, [undefined, undefined, undefined], 'strangers are told nothing of traces')
  await fastify.otel?.flush()

  const told = collector.spans().filter(({ traceId }) => traceId === TRACE_ID)
  t.notMatch(JSON.stringify(told), /secret|NOSUCHCOMMAND'/, 'no value and no message')
  const failures = told.filter(({ status }) => status.code === 2).map(({ name, values }) => [name, values['error.type'] ?? values['http.response.status_code']])
  t.strictSame(failures.map((failure) => failure.join(' ')).sort(), [
    'GET /broken 500',
    'GET /wrong 500',
    'GET 503',
    'GET Error',
    'GET SocketError',
    'GraphQL Operation ',
    'NOSUCHCOMMAND ReplyError',
    'Query.me UnauthorizedError',
    `noSuchCommand ${fastify.mongo.db?.databaseName} MongoServerError`,
    'query '
  ])
  t.strictSame(told.filter(({ status }) => status.message !== undefined || status.code === 1), [])
  t.strictSame(told.filter(({ kind }) => kind === 'server').map(({ name, values }) => [name, values['url.path'], values['http.response.status_code']]).slice(0, 4), [
    ['GET /broken', '/broken', 500], ['GET /wrong', '/wrong', 500], ['GET', '/nowhere', 404], ['GET /v1/users/me', '/v1/users/me', 401]
  ])
})

t.test('a trace that is not kept is not kept by its job either', async (t) => {
  const collector = await startCollector(t)
  const { fastify } = await buildWithProvider(t, { env: { ...collector.env, JOBS_CONCURRENCY: 0 } })
  const holder = await addHolder(fastify, 'ada')
  const ask = async (key: string, flags: string) => await fastify.inject({
    method: 'POST',
    url: '/v1/withdrawals',
    headers: { ...holder.headers, traceparent: `00-${TRACE_ID}-${PARENT_ID}-${flags}`, 'idempotency-key': key },
    payload: { amount: '20.000000', wallet_address: ADDRESS, network: 'ERC20' }
  })
  await ask('one', '00')
  const [entry] = await fastify.documents.collection<OutboxDocument>('outbox').find().toArray()
  t.match(entry?.traceparent, new RegExp(`^00-${TRACE_ID}-[\\da-f]{16}-00$`))
  await fastify.otel?.flush()
  t.strictSame(collector.spans().filter(({ traceId }) => traceId === TRACE_ID), [])
})
