import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { OpsSlowQuery, OpsSnapshot } from '../../schemas/ops.ts'
import type { SlowQueryDocument } from '../../schemas/slow-queries.ts'
import { buildApp } from '../helper.ts'
import { addPerson } from '../people.ts'

async function build (t: Test, env = {}) {
  const fastify = await buildApp(t, { env })
  const { headers } = await addPerson(fastify, 'admin', { tier: 'admin' })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  return {
    fastify,
    headers,
    /** A stream as a browser opens it. */
    async open (this: void, query = '') {
      const request = get(`${origin}/v1/ops/stream${query}`, { headers: { ...headers, 'accept-encoding': 'br, gzip' }, agent: false })
      t.teardown(() => { request.destroy() })
      const [response] = await once(request, 'response') as [IncomingMessage]
      response.setEncoding('utf8')
      return response
    }
  }
}

interface Told {
  snapshot?: OpsSnapshot
  'slow-queries'?: OpsSlowQuery[]
  end?: { reason: string }
}

/** Reads until every one of these events has come; what else comes is kept too. */
async function hear (response: IncomingMessage, ...names: Array<keyof Told>): Promise<Told> {
  const told: Record<string, unknown> = {}
  let rest = ''
  for await (const chunk of response) {
    const parts = (rest + String(chunk)).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const [, name, data] = /event: (\S+)\ndata: (.*)$/m.exec(part) ?? []
      if (name !== undefined) told[name] = JSON.parse(String(data))
    }
    if (names.every((name) => name in told)) break
  }
  return told
}

const inFlight = async ({ metrics }: FastifyInstance) => (await metrics.getSingleMetric('load_shedding_in_flight')?.get())?.values[0]?.value

t.test('the stream tells the numbers of each second, and slow queries with their plans', async (t) => {
  const { fastify, open } = await build(t)
  const plan = { index: 'a_1', scan: false, keys_examined: 5, documents_examined: 5, returned: 2, sorted: false }
  const query = { collection: 'users', operation: 'find', count: 2, total_ms: 1500, max_ms: 900, last_seen: new Date(0), requests: ['GET /v1/users'], plan }
  await fastify.documents.collection<SlowQueryDocument>('slow_queries').insertMany([{ _id: 'a', ...query, shape: 'short' }, { _id: 'b', ...query, total_ms: 1000, shape: 's'.repeat(400) }])
  const response = await open()
  t.match(response, { statusCode: 200, headers: { 'content-type': 'text/event-stream', 'cache-control': 'private, no-store', 'x-accel-buffering': 'no', connection: 'close' } })
  t.notOk('content-encoding' in response.headers)
  t.notOk('etag' in response.headers)

  const { snapshot, 'slow-queries': slow } = await hear(response, 'snapshot', 'slow-queries')
  t.match(snapshot, {
    at: Number,
    instances: 1,
    processes: 1,
    requests: { rate: Number, errors: Number },
    load: { value: Number, factor: Number },
    refused: { shed: 0, limited: 0 },
    pool: { size: Number, in_use: Number, waiting: Number },
    jobs: Object,
    queued: null
  })
  const { requests, ...shown } = query
  t.strictSame(slow, [
    { ...shown, shape: 'short', last_seen: '1970-01-01T00:00:00.000Z' },
    { ...shown, total_ms: 1000, shape: `${'s'.repeat(300)}…`, last_seen: '1970-01-01T00:00:00.000Z' }
  ], `without who asked: ${requests.join()}`)
})

t.test('there are only so many at a time, and who leaves makes room', async (t) => {
  const { fastify, headers, open } = await build(t, { OPS_STREAMS_MAX: 1 })
  const first = await open()
  const refused = await fastify.inject({ url: '/v1/ops/stream', headers })
  t.equal(refused.statusCode, 503)
  t.equal(refused.headers['retry-after'], '5')
  t.match(refused.json(), { code: 'OPS_BUSY' })

  first.destroy()
  const again = async () => (await fastify.inject({ url: '/v1/ops/stream?snapshots=1', headers })).statusCode
  let status = await again()
  while (status === 503) {
    await pause(20)
    status = await again()
  }
  t.equal(status, 200)
})

t.test('a stream ends with the token of its reader', async (t) => {
  const { fastify, headers, open } = await build(t)
  const { ops } = fastify
  const send = ops.send.bind(ops)
  let expiresAt = 0
  ops.send = (reply, asked) => {
    expiresAt = asked.expiresAt
    return send(reply, { ...asked, expiresAt: Date.now() + 1 })
  }
  t.match(await hear(await open(), 'end'), { end: { reason: 'expired' } })
  t.equal(expiresAt, Number(fastify.jwt.decode<{ exp: number }>(headers.authorization.slice(7))?.exp) * 1000)
})

t.test('streams end with notice when connections do, hold up no stop, and so does each that begins then', async (t) => {
  const { fastify, headers, open } = await build(t)
  const response = await open()
  const ended = fastify.drain.end(600_000)

  t.match(await hear(response, 'end'), { end: { reason: 'stopping' } })
  const late = await fastify.inject({ url: '/v1/ops/stream', headers })
  t.equal(late.statusCode, 200)
  t.match(late.body, /^retry: \d+\nevent: end\ndata: {"reason":"stopping"}\n\n$/)
  await ended
})

t.test('streams end with notice when the server closes at once', async (t) => {
  const { fastify, open } = await build(t)
  const response = await open()
  const closed = fastify.close()

  t.match(await hear(response, 'end'), { end: { reason: 'stopping' } })
  await closed
})

t.test('a stream takes no room from requests', async (t) => {
  const { fastify, open } = await build(t)
  const response = await open()
  response.resume()
  while (await inFlight(fastify) !== 0) await pause(20)

  t.equal(response.complete, false, 'it goes on')
})
