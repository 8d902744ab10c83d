import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { MongoClient, MongoClientClosedError, MongoError, MongoNetworkError, MongoNotConnectedError, MongoServerError, MongoServerSelectionError, MongoTopologyClosedError } from 'mongodb'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { options } from '../../../app.ts'
import problemDetails from '../../../plugins/app/problem-details/index.ts'
import sensible from '../../../plugins/external/sensible.ts'
import validation from '../../../plugins/external/validation.ts'
import { PROBLEMS } from '../../../schemas/common.ts'
import { buildBare } from '../../helper.ts'

async function addPlugins (fastify: FastifyInstance): Promise<FastifyInstance> {
  await fastify.register(sensible)
  await fastify.register(validation)
  await fastify.register(problemDetails)
  return fastify
}

/** A server whose `GET /` fails with the error. */
async function buildFailing (test: Test, error: (fastify: FastifyInstance) => unknown): Promise<FastifyInstance> {
  const fastify = await addPlugins(buildBare(test))
  fastify.get('/', { schema: { response: PROBLEMS } }, async () => { throw error(fastify) })
  return fastify
}

/** A server that logs errors, and what it has logged. */
async function buildLogging (test: Test) {
  const lines: string[] = []
  const stream = new Writable({ write (chunk, _encoding, done) { lines.push(String(chunk)); done() } })
  const fastify = await addPlugins(Fastify({ ...options, logger: { level: 'error', stream } }))
  test.teardown(() => fastify.close())
  return { fastify, lines }
}

t.test('a business error answers with its status, code, text and headers', async (t) => {
  const fastify = await buildFailing(t, ({ httpErrors }) =>
    httpErrors.createError(409, 'The username is taken', { code: 'USERNAME_TAKEN', headers: { 'x-hint': 'other' } }))
  const response = await fastify.inject('/')

  t.equal(response.statusCode, 409)
  t.match(response.headers['content-type'], /^application\/problem\+json/)
  t.equal(response.headers['x-hint'], 'other')
  t.match(response.json(), {
    type: 'tag:sahm.example,2026:username-taken', title: 'Conflict', status: 409, detail: 'The username is taken', code: 'USERNAME_TAKEN', instance: /^req-/
  })
})

t.test('an error without a code of ours has that of its status', async (t) => {
  const statuses: [number, string][] = [[400, 'BAD_REQUEST'], [401, 'UNAUTHENTICATED'], [403, 'FORBIDDEN'], [418, 'BAD_REQUEST'], [429, 'TOO_MANY_REQUESTS'], [499, 'BAD_REQUEST'], [503, 'SERVICE_UNAVAILABLE'], [507, 'INTERNAL_ERROR']]
  for (const [status, code] of statuses) {
    const fastify = await buildFailing(t, ({ httpErrors }) => httpErrors.createError(status, 'text'))
    t.match((await fastify.inject('/')).json(), { status, code, type: 'about:blank' }, `${status}`)
  }
})

t.test('401 says how to sign in, 503 when to come back', async (t) => {
  const unknown = await buildFailing(t, ({ httpErrors }) => httpErrors.unauthorized())
  const busy = await buildFailing(t, ({ httpErrors }) => httpErrors.serviceUnavailable('hash queue of 100 is full'))

  t.equal((await unknown.inject('/')).headers['www-authenticate'], 'Bearer')
  const response = await busy.inject('/')
  t.equal(response.headers['retry-after'], '5')
  t.notMatch(response.body, /hash queue/, 'nothing about the inside')
})

t.test('503 says by its code what is away, other faults of the server do not', async (t) => {
  const away = await buildFailing(t, ({ httpErrors }) => httpErrors.createError(503, 'feed of 10.0.0.7', { code: 'MARKET_DATA_UNAVAILABLE' }))
  const broken = await buildFailing(t, ({ httpErrors }) => httpErrors.createError(500, 'text', { code: 'EPIPE' }))

  const response = await away.inject('/')
  t.match(response.json(), { status: 503, code: 'MARKET_DATA_UNAVAILABLE', type: 'tag:sahm.example,2026:market-data-unavailable' })
  t.notMatch(response.body, /feed/)
  t.match((await broken.inject('/')).json(), { status: 500, code: 'INTERNAL_ERROR' })
})

t.test('a fault of the server is logged with its request and told by a general text only', async (t) => {
  const { fastify, lines } = await buildLogging(t)
  fastify.get('/', async () => { throw new Error('secret of line 7') })
  fastify.get('/odd', async () => { throw Object.assign(new Error('E11000 duplicate key'), { statusCode: 200, code: 11000 }) })
  fastify.get('/text', async (_request, reply) => reply.send(new TypeError('secret')))

  for (const url of ['/', '/odd', '/text']) {
    const response = await fastify.inject(url)
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'INTERNAL_ERROR', detail: 'Something went wrong on our side' })
    t.notMatch(response.body, /secret|stack|E11000/)
  }
  const entry: unknown = JSON.parse(lines[0] ?? '')
  t.match(entry, { reqId: 'req-1', err: { message: 'secret of line 7', stack: String }, req: { url: '/' } })
})

t.test('what is thrown without being an error is a fault of the server', async (t) => {
  const fastify = await addPlugins(buildBare(t))
  await fastify.ready()

  t.match(fastify.problemOf('text'), { status: 500, code: 'INTERNAL_ERROR' })
  t.match(fastify.problemOf(undefined), { status: 500 })
})

t.test('a database that cannot be asked is 503, with nothing of the driver', async (t) => {
  const client = new MongoClient('mongodb://127.0.0.1:1', { serverSelectionTimeoutMS: 1 })
  const unreachable: unknown = await client.connect().catch((error: unknown) => error)
  await client.close()
  class MongoWaitQueueTimeoutError extends MongoError {
    override get name () { return 'MongoWaitQueueTimeoutError' }
  }
  class MongoPoolClosedError extends MongoError {
    override get name () { return 'MongoPoolClosedError' }
  }
  const steppingDown = new MongoServerError({ message: 'not primary' })
  steppingDown.addErrorLabel('RetryableWriteError')
  const ended = Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' })

  t.type(unreachable, MongoServerSelectionError)
  for (const error of [unreachable, new MongoNetworkError('socket of 10.0.0.7'), new MongoWaitQueueTimeoutError('pool'), new MongoPoolClosedError('pool'), new MongoTopologyClosedError('pool'), new MongoNotConnectedError('pool'), new MongoClientClosedError(), steppingDown, ended]) {
    const fastify = await buildFailing(t, () => error)
    const response = await fastify.inject('/')
    t.equal(response.statusCode, 503)
    t.match(response.headers['retry-after'], /^\d+$/)
    t.notMatch(response.body, /Mongo|socket|pool|primary|127/)
  }
  const other = await buildFailing(t, () => new MongoServerError({ message: 'unknown operator: $x' }))
  t.equal((await other.inject('/')).statusCode, 500)
})

t.test('what is refused while the database is known to be away has no line in the log', async (t) => {
  const { fastify, lines } = await buildLogging(t)
  fastify.get('/refused', async () => { throw new MongoTopologyClosedError('Topology is closed') })
  fastify.get('/broken', async () => { throw new MongoNetworkError('socket') })

  for (const url of ['/refused', '/broken', '/refused']) t.equal((await fastify.inject(url)).statusCode, 503)
  t.equal(lines.length, 1)
  t.match(lines[0], /socket/)
})

t.test('validation lists each fault with its pointer and never repeats the input', async (t) => {
  const fastify = await addPlugins(buildBare(t))
  const schema = {
    body: Type.Object({ side: Type.Enum(['buy', 'sell']), size: Type.Integer() }, { additionalProperties: false }),
    querystring: Type.Object({ limit: Type.Optional(Type.Integer({ maximum: 100 })) }, { additionalProperties: false })
  }
  fastify.post('/', { schema }, async () => 'ok')
  const faultOf = async (payload: object, url = '/'): Promise<object> => (await fastify.inject({ method: 'POST', url, payload })).json()

  t.match(await faultOf({ side: 'buy', size: 1, $where: 1 }), {
    status: 400, code: 'VALIDATION_FAILED', detail: 'body/$where is not a known property', errors: [{ pointer: 'body/$where', message: 'is not a known property' }]
  })
  t.match(await faultOf({ side: 'buy' }), { errors: [{ pointer: 'body/size', message: 'is required' }] })
  t.match(await faultOf({ side: 'hold', size: 1 }), { errors: [{ pointer: 'body/side', message: 'must be one of buy, sell' }] })
  t.match(await faultOf({ side: 'buy', size: { $gt: 0 } }), { errors: [{ pointer: 'body/size', message: 'must be integer' }] })
  t.match(await faultOf({ side: 'buy', size: 1 }, '/?limit=101'), { errors: [{ pointer: 'query/limit', message: 'must be <= 100' }] })
  const long = JSON.stringify(await faultOf({ side: 'buy', size: 1, ['x'.repeat(5000)]: 'y'.repeat(5000) }))
  t.ok(long.length < 700, 'a long name is cut')
  t.notMatch(long, /yyy/)
})

t.test('faults without a part or a message are described all the same', async (t) => {
  const fastify = await addPlugins(buildBare(t))
  const error = Object.assign(new Error('odd'), { statusCode: 400, code: 'FST_ERR_VALIDATION', validation: [{ keyword: 'x', instancePath: '', schemaPath: '', params: {} }] })

  t.match(fastify.problemOf(error), { errors: [{ pointer: 'request', message: 'is not valid' }] })
})

t.test('unknown URLs are 404, known ones with another method 405, malformed ones 400', async (t) => {
  const fastify = await addPlugins(buildBare(t))
  fastify.get('/things/:id', async () => 'thing')
  fastify.delete('/things/:id', async () => 'gone')
  fastify.get('/files/*', async () => 'file')
  fastify.get('/v1.0/a', async () => 'a')

  t.match((await fastify.inject('/nowhere')).json(), { status: 404, code: 'NOT_FOUND' })
  t.match((await fastify.inject('/things/7/parts')).json(), { status: 404 })
  t.match((await fastify.inject({ method: 'POST', url: '/v1x0/a' })).json(), { status: 404 })
  const wrong = await fastify.inject({ method: 'PUT', url: '/things/7?x=1' })
  t.match(wrong.json(), { status: 405, code: 'METHOD_NOT_ALLOWED' })
  t.equal(wrong.headers.allow, 'GET, HEAD, DELETE')
  t.equal((await fastify.inject({ method: 'POST', url: '/files/a/b' })).statusCode, 405)
  const malformed = await fastify.inject('/things/%zz')
  t.match(malformed.json(), { status: 400, code: 'BAD_REQUEST', detail: 'The URL is malformed' })
  const long = await fastify.inject(`/things/${'7'.repeat(1000)}`)
  t.match(long.json(), { status: 414, code: 'URI_TOO_LONG', detail: 'A part of the URL is too long' })
})
