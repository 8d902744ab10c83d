import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Environment } from '../../../../schemas/config.ts'
import { buildCounted, everybody } from './helper.ts'

/** A listening server with one cached route, whose hooks count the requests that reach the framework. */
async function listen (t: Test, env: Environment = {}, preClose = async (): Promise<void> => {}) {
  const { fastify, runs } = await buildCounted(t, everybody(['things'], { ttl: 60 }), env)
  let framed = 0
  fastify.addHook('onRequest', async (_request, reply) => { framed += 1; reply.header('x-hook', 'ran') })
  fastify.addHook('preClose', preClose)
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })

  async function get (headers: Record<string, string> = {}, method = 'GET') {
    const before = framed
    const response = await fetch(`${origin}/thing`, { method, headers: { 'accept-encoding': 'identity', ...headers } })
    const body = await response.text()
    // hooks at the end of an answer run after the client has it
    await turn()
    return { status: response.status, headers: Object.fromEntries(response.headers), body, isFramed: framed > before }
  }
  return { fastify, runs, get }
}

t.test('what a route has sent to a stranger the next ones are sent below the framework', async (t) => {
  const { fastify, runs, get } = await listen(t)
  const [made, kept, ready, again] = [await get(), await get(), await get(), await get()]

  t.strictSame([made, kept, ready, again].map(({ isFramed }) => isFramed), [true, true, false, false])
  t.equal(runs(), 1)
  const { date, ...headers } = kept.headers
  t.match(ready, { status: 200, body: made.body, headers })
  t.match(headers, { 'x-hook': 'ran', 'cache-status': /^sahm; hit; ttl=\d+$/, vary: 'Accept-Encoding', 'cache-control': 'public, no-cache' })
  t.strictSame(Object.keys(ready.headers).sort(), Object.keys(kept.headers).sort())

  const unchanged = await get({ 'if-none-match': String(headers.etag) })
  t.match(unchanged, { status: 304, body: '', isFramed: false, headers: { etag: headers.etag, 'cache-control': 'public, no-cache' } })
  t.equal((await get({ 'if-none-match': '"other"' })).status, 200)
  const text = await fastify.metrics.metrics()
  t.match(text, 'http_request_duration_seconds_count{method="GET",route="/thing",status="200"} 5')
  t.match(text, 'http_request_duration_seconds_count{method="GET",route="/thing",status="304"} 1')
  t.match(text, 'response_cache_answers_total{outcome="hit"} 5')
})

t.test('who says who he is or from where, and whoever does not just read, is answered by the route', async (t) => {
  const { get } = await listen(t)
  for (let n = 0; n < 3; n++) t.match(await get({ authorization: 'Bearer x' }), { isFramed: true, headers: { 'cache-control': 'private, no-cache' } })
  t.match(await get(), { isFramed: true }, 'only what a stranger was sent')
  t.match(await get(), { isFramed: false, headers: { 'cache-control': 'public, no-cache' } })
  t.match(await get({ authorization: 'Bearer x' }), { isFramed: true, headers: { 'cache-control': 'private, no-cache' } })
  t.match(await get({ origin: 'https://elsewhere.example' }), { isFramed: true, status: 200 })
  t.match(await get({}, 'HEAD'), { isFramed: true, status: 200, body: '' })
  t.match(await get({}, 'POST'), { isFramed: true, status: 405 })
})

t.test('each encoding is sent from its bytes once they are there', async (t) => {
  const { get } = await listen(t)
  for (let n = 0; n < 2; n++) await get()
  const [plain, compressing, br, other] = [await get(), await get({ 'accept-encoding': 'br' }), await get({ 'accept-encoding': 'br' }), await get()]
  t.strictSame([plain, compressing, br, other].map(({ isFramed }) => isFramed), [false, true, false, false])
  t.strictSame([plain, compressing, br, other].map(({ headers }) => headers['content-encoding']), [undefined, 'br', 'br', undefined])
  t.equal(br.body, plain.body)
  t.match(await get({ 'accept-encoding': 'br', 'x-no-compression': '1' }), { isFramed: false, headers: { 'content-encoding': undefined } })
})

t.test('no answer outlives an invalidation or its time', async (t) => {
  let passed = 0
  const now = Date.now.bind(Date)
  t.intercept(Date, 'now', { value: () => now() + passed })
  const { fastify, runs, get } = await listen(t)
  for (let n = 0; n < 2; n++) await get()
  await fastify.cache.invalidate(['others'])
  t.match(await get(), { isFramed: false })
  await fastify.cache.invalidate(['things'])
  t.match(await get(), { isFramed: true, headers: { 'cache-status': /miss/ } })
  t.match(await get(), { isFramed: true, headers: { 'cache-status': /hit/ } })
  passed = 30_500
  t.match(await get(), { isFramed: false, headers: { age: '30', 'cache-status': /^sahm; hit; ttl=(29|28)$/ } })
  passed = 61_000
  t.match(await get(), { isFramed: true, headers: { 'cache-status': /miss/ } })
  t.equal(runs(), 3)
})

t.test('while the server closes, and where each request has its line in the log, all goes through the framework', async (t) => {
  let duringClose = async (): Promise<void> => {}
  const { fastify, get } = await listen(t, {}, async () => { await duringClose() })
  for (let n = 0; n < 3; n++) await get()
  const logged = await listen(t, { LOG_LEVEL: 'debug' })
  for (let n = 0; n < 4; n++) t.match(await logged.get(), { isFramed: true })

  t.match(await get(), { isFramed: false })
  let during: unknown
  duringClose = async () => { during = await get() }
  await fastify.close()
  t.match(during, { status: 503 }, 'as the framework answers then')
})
