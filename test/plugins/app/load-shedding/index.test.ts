import { once } from 'node:events'
import { Agent, request as sendRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import loadShedding from '../../../../plugins/app/load-shedding/index.ts'
import { PRIORITIES, type Priority } from '../../../../plugins/app/load-shedding/priorities.ts'
import { sumOf } from '../../../../bench/harness/scrape.ts'
import helmet from '../../../../plugins/external/helmet.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { buildApp } from '../../../helper.ts'
import { run, type Running } from '../../../process.ts'
import { build as buildCached } from '../response-cache/helper.ts'

/** Room for eight, whatever happens. */
const SMALL: Environment = { SHEDDING_MIN_IN_FLIGHT: 8, SHEDDING_MAX_IN_FLIGHT: 8 }

/** A bare server with a route of each class, whose requests are held until `release`. */
async function build (t: Test, env: Environment = SMALL) {
  const fastify = await buildCached(t, env)
  for (const plugin of [helmet, loadShedding]) await fastify.register(plugin)
  let release = (): void => {}
  const released = new Promise<void>((resolve) => { release = resolve })
  t.teardown(() => { release() })
  for (const priority of PRIORITIES) {
    fastify.post(`/${priority}`, { config: { priority } }, async () => { await released; return priority })
  }
  fastify.route({ method: ['GET', 'POST'], url: '/either', config: { priority: 'read', keyedPriority: 'write' }, handler: async () => 'either' })
  fastify.get('/healthy', { config: { priority: 'critical' } }, async () => 'healthy')
  fastify.get('/work', async () => {
    const end = performance.now() + 3
    while (performance.now() < end);
    return 'done'
  })
  fastify.get('/now', async () => 'now')
  fastify.get('/kept', { config: { cache: { ttl: 60, scope: 'public', tags: [] } } }, async () => ({ kept: true }))
  return { fastify, release }
}

/** The same, listening, with a way to ask it on connections of their own. */
async function listen (t: Test, env: Environment = SMALL) {
  const { fastify, release } = await build(t, env)
  let framed = 0
  fastify.addHook('onRequest', async () => { framed += 1 })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => { agent.destroy() })

  async function ask (path: string, { method = 'POST', headers = {} }: { method?: string, headers?: Record<string, string> } = {}) {
    const request = sendRequest(`${origin}${path}`, { agent, method, headers })
    request.end()
    const [response] = await once(request, 'response') as [IncomingMessage]
    return { status: response.statusCode, headers: response.headers, body: await text(response) }
  }

  /** Requests that are held in their handler, or refused. */
  async function hold (priority: Priority, count: number): Promise<void> {
    const before = await inFlight(fastify)
    for (let n = 0; n < count; n++) ask(`/${priority}`).catch(() => {})
    await until(async () => await inFlight(fastify) === before + count)
  }
  return { fastify, origin, release, ask, hold, framed: () => framed }
}

async function metric (fastify: FastifyInstance, name: string): Promise<number> {
  return sumOf(await fastify.metrics.metrics(), name)
}
const inFlight = (fastify: FastifyInstance) => metric(fastify, 'load_shedding_in_flight')

async function until (isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await delay(5)
}

/** Sixty connections of a process of its own ask for three seconds: in this one they would wait for the server themselves. */
function startLoad (t: Test, url: string): Running {
  const script = "import autocannon from 'autocannon'; await autocannon({ url: process.argv[1], connections: 60, duration: 3 })"
  return run(t, ['--input-type=module', '--eval', script, url], {})
}

t.test('the fuller the server, the more must be at stake', async (t) => {
  const { fastify, release, ask, hold } = await listen(t)
  const refusedOf = async () => {
    const before = await inFlight(fastify)
    const refused = []
    for (const priority of PRIORITIES) {
      const answer = await Promise.race([ask(`/${priority}`), until(async () => await inFlight(fastify) > before)])
      if (answer?.status === 503) refused.push(priority)
      else return { admitted: priority, refused }
    }
    return { admitted: undefined, refused }
  }

  await hold('read', 4)
  t.equal((await ask('/export')).status, 503)
  await hold('read', 2)
  t.equal((await ask('/read')).status, 503)
  await hold('write', 1)
  t.equal((await ask('/write')).status, 503)
  await hold('sign-in', 1)
  for (const priority of ['sign-in', 'withdrawal']) t.equal((await ask(`/${priority}`)).status, 503, priority)
  t.match(await refusedOf(), { admitted: 'critical', refused: [] })
  release()
  await until(async () => await inFlight(fastify) === 0)
  t.match(await fastify.metrics.metrics(), 'load_shedding_refused_total{priority="export",reason="concurrency"} 1')
})

t.test('where a key tells that a request is more than a read, it is a write, and nowhere else', async (t) => {
  const { release, ask, hold } = await listen(t)
  const headers = { 'idempotency-key': 'key' }
  await hold('read', 6)
  t.equal((await ask('/either')).status, 503)
  t.equal((await ask('/either', { headers })).status, 200)
  t.equal((await ask('/either?a=1', { headers })).status, 200)
  t.equal((await ask('/either', { method: 'GET', headers })).status, 503)
  t.equal((await ask('/read', { headers })).status, 503)
  t.equal((await ask('/now', { method: 'GET', headers })).status, 503)
  await hold('write', 1)
  t.equal((await ask('/either', { headers })).status, 503)
  release()
})

t.test('who is refused is told when to come back, before the framework knows', async (t) => {
  const { fastify, release, ask, hold, framed } = await listen(t, { ...SMALL, CORS_ORIGINS: 'https://app.example' })
  await hold('read', 6)
  const before = framed()
  const { status, headers, body } = await ask('/now', { method: 'GET', headers: { origin: 'https://app.example' } })

  t.equal(status, 503)
  t.match(headers, { 'content-type': /^application\/problem\+json/, 'x-content-type-options': 'nosniff', 'access-control-allow-origin': 'https://app.example', 'access-control-expose-headers': 'Retry-After', vary: 'Origin', connection: 'keep-alive' })
  t.match(String(headers['retry-after']), /^[123]$/)
  t.strictSame(JSON.parse(body), { type: 'tag:sahm.example,2026:overloaded', title: 'Service Unavailable', status: 503, code: 'OVERLOADED', detail: 'The service is unavailable for the moment' })
  t.match(await ask('/now', { method: 'HEAD' }), { status: 503, body: '' })
  t.match(await ask('/nowhere?x=1', { method: 'GET', headers: { origin: 'https://elsewhere.example' } }), { status: 503, headers: { vary: 'Origin', 'access-control-allow-origin': undefined } })
  t.match(await fastify.metrics.metrics(), 'http_request_duration_seconds_count{method="GET",route="unmatched",status="503"} 1')
  t.equal(framed(), before)
  t.match(await fastify.metrics.metrics(), 'http_request_duration_seconds_count{method="GET",route="/now",status="503"} 1')
  release()
  await until(async () => await inFlight(fastify) === 0)
  t.match(await ask('/now', { method: 'GET' }), { status: 200, body: 'now' })
})

t.test('kept answers are sent however full the server is', async (t) => {
  const { release, ask, hold } = await listen(t)
  for (let n = 0; n < 2; n++) t.equal((await ask('/kept', { method: 'GET' })).status, 200)
  await hold('read', 6)
  t.match(await ask('/kept', { method: 'GET' }), { status: 200, headers: { 'cache-status': /hit/, vary: 'Accept-Encoding' } })
  t.equal((await ask('/now', { method: 'GET' })).status, 503)
  release()
})

t.test('whoever keeps the server waiting takes nobody’s place', async (t) => {
  const { fastify, origin, ask } = await listen(t, { ...SMALL, LOAD_PROTECTION_INTERVAL_MS: 10 })
  const slow = Array.from({ length: 6 }, () => connect(Number(new URL(origin).port), '127.0.0.1'))
  for (const socket of slow) socket.write('POST /critical HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{')
  await until(async () => await inFlight(fastify) === 6)
  t.equal((await ask('/now', { method: 'GET' })).status, 503)
  await until(async () => await inFlight(fastify) === 0)
  t.equal((await ask('/now', { method: 'GET' })).status, 200)

  const [first, second] = slow
  first?.write('}')
  await until(async () => await inFlight(fastify) === 1)
  second?.destroy()
  t.equal((await ask('/now', { method: 'GET' })).status, 200)
  for (const socket of slow) socket.destroy()
  await until(async () => await inFlight(fastify) === 0)
})

t.test('who has gone takes no place, and proves nothing', async (t) => {
  const { fastify, origin } = await listen(t)
  const gone = connect(Number(new URL(origin).port), '127.0.0.1')
  gone.write('POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
  await until(async () => await inFlight(fastify) === 1)
  gone.destroy()
  await until(async () => await inFlight(fastify) === 0)
  t.equal(await metric(fastify, 'load_shedding_limit'), 8)
})

t.test('exports begin only while there is little to do, and step aside once they stream', async (t) => {
  const { fastify, release, ask, hold } = await listen(t, { ...SMALL, SHEDDING_EXPORT_MAX_LOAD: 0.8, LOAD_PROTECTION_INTERVAL_MS: 10 })
  const { reported } = fastify.load
  const load = t.intercept(fastify.load, 'reported', { value: { ...reported, value: 0.9 } })
  t.equal((await ask('/export')).status, 503)
  load.restore()
  t.intercept(fastify.load, 'reported', { value: { ...reported, value: 0.1 } })
  await hold('export', 3)
  await until(async () => await inFlight(fastify) === 0)
  release()
  t.equal((await ask('/read')).status, 200)
})

t.test('a server with more to do than it can finds its limit, does what it can and says that it is full', async (t) => {
  const lines: string[] = []
  const { fastify, origin, ask } = await listen(t, { SHEDDING_MIN_IN_FLIGHT: 4, SHEDDING_MAX_IN_FLIGHT: 200, LOAD_PROTECTION_INTERVAL_MS: 50 })
  for (const level of ['warn', 'info'] as const) t.intercept(fastify.log, level, { value: (_details: object, message: string) => { lines.push(message) } })
  for (let n = 0; n < 60; n++) await ask('/work', { method: 'GET' })
  const critical = new Set<number | undefined>()
  let lowest = Infinity
  const load = startLoad(t, `${origin}/work`)
  const isOver = async () => await Promise.race([load.exited.then(() => true), delay(10, false)])
  while (!await isOver()) {
    critical.add((await ask('/healthy', { method: 'GET' })).status)
    lowest = Math.min(lowest, await metric(fastify, 'load_shedding_limit'))
  }

  t.equal(await load.exited, 0)
  t.ok(lowest < 40, `limit ${lowest}`)
  t.ok(await metric(fastify, 'load_shedding_refused_total') > 0)
  t.strictSame([...critical], [200], 'nothing critical is refused')
  t.match(lines, ['shedding load'])
  await until(async () => lines.includes('no longer shedding load'))
  await until(async () => await metric(fastify, 'load_shedding_limit') >= 100)
  t.equal(lines.length, 2, 'once each')
})

t.test('near its end the process admits only what is critical, and withdrawals', async (t) => {
  const { fastify, release } = await build(t, { SHEDDING_MAX_DELAY_MS: 20 })
  release()
  const errors: unknown[] = []
  t.intercept(fastify.log, 'error', { value: (error: unknown) => { errors.push(error) } })
  await fastify.ready()
  t.equal((await fastify.inject({ method: 'POST', url: '/read' })).statusCode, 200, 'nor is it under pressure because it was busy when it started')
  while (!fastify.isUnderPressure() || fastify.load.current.delay < 1) {
    const end = performance.now() + 500
    while (performance.now() < end);
    await delay(1)
  }
  const answers = await Promise.all(PRIORITIES.map((priority) => fastify.inject({ method: 'POST', url: `/${priority}` })))

  t.strictSame(answers.map(({ statusCode }) => statusCode), [200, 200, 503, 503, 503, 503])
  t.match(answers[2]?.headers, { 'retry-after': /^[123]$/, 'content-type': /problem\+json/ })
  t.match(answers[2]?.json(), { code: 'OVERLOADED', status: 503 })
  t.match((await fastify.inject('/nowhere')).json(), { code: 'OVERLOADED' })
  t.match(await fastify.metrics.metrics(), 'load_shedding_refused_total{priority="sign-in",reason="eventLoopDelay"} 1')
  t.strictSame(errors, [], 'no line for each')
  t.intercept(fastify.load, 'current', { value: { ...fastify.load.current, delay: 0 } })
  t.equal((await fastify.inject({ method: 'POST', url: '/read' })).statusCode, 200, 'a stall that is over')
})

t.test('without it everything is admitted', async (t) => {
  const { ask, release } = await listen(t, { ...SMALL, OPTIMIZATIONS_OFF: 'load-shedding' })
  const held = Array.from({ length: 50 }, () => ask('/read'))
  t.equal((await ask('/now', { method: 'GET' })).status, 200)
  release()
  t.strictSame(new Set((await Promise.all(held)).map(({ status }) => status)), new Set([200]))
})

t.test('every route of the application has a class', async (t) => {
  const routes: { method: unknown, url: string, config?: { priority?: Priority, keyedPriority?: Priority } }[] = []
  await buildApp(t, { prepare: (fastify) => { fastify.addHook('onRoute', (route) => { routes.push(route) }) } })
  const of = (priority: Priority) => routes.filter(({ method, config }) => method !== 'HEAD' && config?.priority === priority).map(({ method, url }) => `${[method].join()} ${url}`).sort()

  // the pages of @fastify/swagger-ui are there before, and reads like any unknown URL
  t.strictSame(routes.filter(({ url, config }) => !url.startsWith('/docs') && config?.priority === undefined).map(({ url }) => url), [])
  t.strictSame(of('critical'), ['GET /healthz', 'GET /metrics', 'GET /readyz', 'GET /v1/ops/stream', 'POST /v1/payments/callbacks/:provider'])
  t.strictSame(of('withdrawal'), ['POST /v1/admin/withdrawals/:id/resolution', 'POST /v1/withdrawals', 'POST /v1/withdrawals/:id/cancel'])
  const isOfPage = (route: string) => route.startsWith('GET /ops')
  t.ok(of('sign-in').some(isOfPage), 'and what one signs in by')
  t.strictSame(of('sign-in').filter((route) => !isOfPage(route)), ['POST /v1/ops/queues/session', 'POST /v1/sessions', 'POST /v1/sessions/refresh'])
  t.match(of('write'), ['DELETE /v1/admin/jobs/:id', 'DELETE /v1/api-keys/:id', 'DELETE /v1/sessions'])
  t.ok(of('read').includes('GET,POST /graphql'))
  t.strictSame(routes.filter(({ method, config }) => method !== 'HEAD' && config?.keyedPriority !== undefined).map(({ url, config }) => `${url} ${config?.keyedPriority}`), ['/graphql write'])
})
