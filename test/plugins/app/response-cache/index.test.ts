import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { build, buildCounted, everybody, LONG } from './helper.ts'

t.test('an answer is made once and then sent as it is', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody())
  const first = await fastify.inject('/thing')
  const second = await fastify.inject('/thing')

  t.equal(runs(), 1)
  t.equal(second.body, first.body)
  t.match(first.headers, { 'cache-status': /^sahm; fwd=miss; stored; ttl=(60|59)$/, 'cache-control': 'public, no-cache', vary: 'Accept-Encoding', age: '0', 'content-type': 'application/json; charset=utf-8' })
  t.match(second.headers, { 'cache-status': /^sahm; hit; ttl=\d+$/, etag: first.headers.etag, 'content-length': String(first.body.length) })
  t.equal((await fastify.inject('/thing?other')).json<{ run: number }>().run, 2, 'another URL is another answer')
})

t.test('each encoding has its own bytes and its own strong tag', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody())
  const get = (headers: Record<string, string>) => fastify.inject({ url: '/thing', headers })
  const [plain, gzip, br] = [await get({}), await get({ 'accept-encoding': 'gzip' }), await get({ 'accept-encoding': 'gzip, deflate, br' })]

  t.equal(runs(), 1)
  t.strictSame([plain, gzip, br].map(({ headers }) => headers['content-encoding']), [undefined, 'gzip', 'br'])
  t.equal(gunzipSync(gzip.rawPayload).toString(), plain.body)
  t.equal(brotliDecompressSync(br.rawPayload).toString(), plain.body)
  t.equal(new Set([plain, gzip, br].map(({ headers }) => headers.etag)).size, 3)
  t.strictSame((await get({ 'accept-encoding': 'br' })).rawPayload, br.rawPayload, 'compressed once')
  t.equal((await get({ 'accept-encoding': 'br', 'x-no-compression': '1' })).headers['content-encoding'], undefined)
  t.equal((await get({ 'accept-encoding': 'deflate' })).headers['content-encoding'], undefined)
})

t.test('encodings of many clients are remembered within bounds', async (t) => {
  const { fastify } = await buildCounted(t, everybody())
  for (let i = 0; i <= 100; i++) {
    const answer = await fastify.inject({ url: '/thing', headers: { 'accept-encoding': `gzip;q=0.${100 + i}` } })
    t.equal(answer.headers['content-encoding'], 'gzip')
  }
})

t.test('who has the answer gets 304, in all forms of If-None-Match', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody())
  const etag = String((await fastify.inject('/thing')).headers.etag)
  const ask = (header: string, method: 'GET' | 'HEAD' = 'GET') => fastify.inject({ method, url: '/thing', headers: { 'if-none-match': header } })

  for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*', ' * ']) {
    const answer = await ask(header)
    t.match(answer, { statusCode: 304, body: '', headers: { etag, vary: 'Accept-Encoding', 'cache-control': 'public, no-cache' } }, header)
    t.equal(answer.headers['content-length'], undefined)
  }
  t.equal((await ask(etag, 'HEAD')).statusCode, 304)
  t.equal((await ask('"other"')).statusCode, 200)
  t.equal((await ask('W/"other", nonsense')).statusCode, 200)
  t.equal(runs(), 1)
})

t.test('HEAD has the headers of GET and no body', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody())
  const head = await fastify.inject({ method: 'HEAD', url: '/thing' })
  const get = await fastify.inject('/thing')
  t.match(head, { statusCode: 200, body: '', headers: { etag: get.headers.etag, 'content-length': get.headers['content-length'] } })
  t.equal(runs(), 1)
})

t.test('an invalidation is seen by the next request, and by an answer under way', async (t) => {
  const fastify = await build(t)
  let version = 1
  let hold: Promise<void> | undefined
  fastify.get('/thing', { config: { cache: everybody(['things']) } }, async () => {
    const read = version
    await hold
    return { version: read }
  })
  const read = async () => (await fastify.inject('/thing')).json<{ version: number }>().version
  t.equal(await read(), 1)

  version = 2
  await fastify.cache.invalidate(['others'])
  t.equal(await read(), 1)
  await fastify.cache.invalidate(['things'])
  t.equal(await read(), 2)

  let resolve = () => {}
  hold = new Promise((_resolve) => { resolve = _resolve })
  await fastify.cache.invalidate(['things'])
  const early = read()
  await new Promise(setImmediate)
  version = 3
  hold = undefined
  await fastify.cache.invalidate(['things'])
  t.equal(await read(), 3, 'does not wait for what began before')
  resolve()
  t.equal(await early, 2)
  t.equal(await read(), 3, 'what an invalidation has overtaken is not kept')
})

t.test('many requests at once are one run of the handler', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody())
  const answers = await Promise.all(Array.from({ length: 100 }, () => fastify.inject('/thing')))
  t.equal(runs(), 1)
  t.equal(answers.filter(({ headers }) => String(headers['cache-status']).startsWith('sahm; fwd=miss; collapsed')).length, 99)
  t.match(await fastify.metrics.metrics(), /response_cache_answers_total\{outcome="collapsed"\} 99/)
})

t.test('an old answer is sent to all but the one that makes it anew', async (t) => {
  let now = 1e12
  t.intercept(Date, 'now', { value: () => now })
  const { fastify, runs } = await buildCounted(t, everybody([], { stale: 30 }))
  await fastify.inject('/thing')
  now += 61_000
  const answers = await Promise.all(Array.from({ length: 10 }, () => fastify.inject('/thing')))
  const bodies = answers.map((answer) => answer.json<{ run: number }>().run)

  t.equal(runs(), 2)
  t.equal(bodies.filter((run) => run === 2).length, 1)
  t.match(answers.find((answer) => answer.json<{ run: number }>().run === 1)?.headers, { age: '61', 'cache-status': 'sahm; hit; ttl=-1' })
  now += 91_000
  t.equal((await fastify.inject('/thing')).json<{ run: number }>().run, 3, 'never later')
})

t.test('while the server fails the kept answer is sent, but a refusal is a refusal', async (t) => {
  let now = 1e12
  t.intercept(Date, 'now', { value: () => now })
  const fastify = await build(t)
  let failure: Error | undefined
  fastify.get('/thing', { config: { cache: everybody([], { stale: 30 }) } }, async () => {
    if (failure) throw failure
    return { ok: true }
  })
  await fastify.inject('/thing')
  now += 61_000
  failure = new Error('boom')
  t.match(await fastify.inject('/thing'), { statusCode: 200, headers: { 'cache-status': /^sahm; hit/ } })
  failure = fastify.httpErrors.notFound()
  t.equal((await fastify.inject('/thing')).statusCode, 404)
  now += 60_000
  failure = new Error('boom')
  t.equal((await fastify.inject('/thing')).statusCode, 500)
})

t.test('errors are not kept', async (t) => {
  const fastify = await build(t)
  let runs = 0
  fastify.get('/missing', { config: { cache: everybody() } }, async () => { runs++; throw fastify.httpErrors.notFound() })
  t.equal((await fastify.inject('/missing')).headers['cache-status'], undefined)
  await fastify.inject('/missing')
  t.equal(runs, 2)
})

t.test('headers of the handler are kept, those of the request are not', async (t) => {
  const fastify = await build(t)
  let requests = 0
  fastify.addHook('onRequest', async (_request, reply) => { reply.header('x-request', ++requests) })
  fastify.get('/list', { config: { cache: everybody() } }, async (_request, reply) => {
    reply.header('link', '</next>; rel="next"').type('application/vnd.list+json').header('etag', '"7"')
    return JSON.stringify([LONG])
  })
  await fastify.inject('/list')
  const kept = await fastify.inject({ url: '/list', headers: { 'accept-encoding': 'br' } })
  t.match(kept.headers, { link: '</next>; rel="next"', 'content-type': 'application/vnd.list+json', 'x-request': '2', etag: '"7"' })
  t.equal(kept.headers['content-encoding'], undefined, 'a tag of the handler belongs to the plain form')
  t.equal((await fastify.inject({ url: '/list', headers: { 'if-none-match': '"7"' } })).statusCode, 304)
})

t.test('a handler that returns no body of a 200 is a fault', async (t) => {
  const fastify = await build(t)
  fastify.get('/nothing', { config: { cache: everybody() } }, async () => undefined)
  fastify.get('/created', { config: { cache: everybody() } }, async (_request, reply) => { reply.code(201); return { ok: true } })
  for (const url of ['/nothing', '/created']) t.equal((await fastify.inject(url)).statusCode, 500)
})

t.test('each caller has an answer of its own, until its rights end', async (t) => {
  let now = 1e12
  t.intercept(Date, 'now', { value: () => now })
  const fastify = await build(t)
  fastify.decorateRequest('caller', null)
  fastify.addHook('onRequest', async (request) => {
    const [, id = '', end] = request.headers.authorization?.split(' ') ?? []
    if (id !== '') request.caller = { user_id: Number(id), tier: 'free', analyst_id: null, subscription_expires: end === undefined ? null : Number(end), session_id: 's' }
  })
  let runs = 0
  fastify.get('/mine', { config: { cache: { ttl: 60, stale: 60, tags: [], scope: 'user' } } }, async (request: FastifyRequest) => ({ run: ++runs, id: request.caller?.user_id ?? null }))
  const get = (authorization?: string) => fastify.inject({ url: '/mine', headers: authorization === undefined ? {} : { authorization } })
  const idOf = async (authorization?: string) => (await get(authorization)).json<{ id: number | null }>().id

  t.strictSame([await idOf(), await idOf('Bearer 1'), await idOf('Bearer 2'), await idOf('Bearer 1'), await idOf()], [null, 1, 2, 1, null])
  t.equal(runs, 3)
  t.match((await get()).headers, { 'cache-control': 'public, no-cache', vary: 'Accept-Encoding, Authorization, X-API-Key' })
  t.match((await get('Bearer 1')).headers, { 'cache-control': 'private, no-cache', vary: 'Accept-Encoding, Authorization, X-API-Key' })
  await fastify.cache.invalidate(['user:1'])
  await Promise.all([get('Bearer 1'), get('Bearer 2')])
  t.equal(runs, 4)

  const soon = `Bearer 3 ${now + 10_000}`
  await get(soon)
  now += 9000
  t.match((await get(soon)).headers['cache-status'], /hit/)
  now += 1000
  t.match((await get(soon)).headers['cache-status'], /miss/, 'not kept over the end of the subscription')
})

t.test('a public answer to a request with credentials is private', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody([], { maxAge: 5 }))
  t.equal((await fastify.inject('/thing')).headers['cache-control'], 'public, max-age=5')
  t.equal((await fastify.inject({ url: '/thing', headers: { authorization: 'Bearer x' } })).headers['cache-control'], 'private, max-age=5')
  t.equal(runs(), 1)
})

t.test('memory is bounded by bytes', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody(), { RESPONSE_CACHE_MEMORY_BYTES: 65_536 })
  for (let i = 0; i < 20; i++) await fastify.inject(`/thing?${i}`)
  const text = await fastify.metrics.metrics()
  t.ok(Number(/^response_cache_memory_bytes (\d+)/m.exec(text)?.[1]) <= 65_536)
  t.match(text, /^response_cache_memory_entries [1-4]$/m)
  await fastify.inject('/thing?0')
  t.equal(runs(), 21, 'the oldest was dropped')
})

t.test('left out by name every answer is made by its handler, compressed and tagged as others are', async (t) => {
  const { fastify, runs } = await buildCounted(t, everybody(), { OPTIMIZATIONS_OFF: 'response-cache' })
  const get = (headers = {}) => fastify.inject({ url: '/thing', headers })
  const { headers } = await get({ 'accept-encoding': 'br' })
  await get()
  t.equal(runs(), 2)
  t.match(headers, { 'content-encoding': 'br', etag: /^W\/"/, 'cache-status': undefined })
})

t.test('only routes of GET can be cached', async (t) => {
  const fastify = await build(t)
  t.throws(() => fastify.post('/thing', { config: { cache: everybody() } }, async () => ({})), /POST \/thing declares config.cache/)
})

t.test('routes that declare nothing have none of it', async (t) => {
  const fastify = await build(t)
  fastify.get('/plain', async () => ({ ok: true }))
  const { headers } = await fastify.inject('/plain')
  t.match(headers, { 'cache-status': undefined, age: undefined, etag: /^W/ })
})
