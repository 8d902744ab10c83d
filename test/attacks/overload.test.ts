import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sumOf } from '../../bench/harness/scrape.ts'
import type { Environment } from '../../schemas/config.ts'
import { json, listen } from './helper.ts'

/** A server that refuses from the seventh read in flight on. */
const SMALL: Environment = { SHEDDING_MIN_IN_FLIGHT: 8, SHEDDING_MAX_IN_FLIGHT: 8, OPTIMIZATIONS_OFF: 'response-cache', CORS_ORIGINS: 'https://app.example' }
/** Whoever keeps the server waiting keeps his place. */
const PATIENT: Environment = { ...SMALL, LOAD_PROTECTION_INTERVAL_MS: 600_000 }
const HALF = 'POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'

/** A server under attack by so many requests that do not end. */
async function attacked (t: Test, env: Environment, count: number) {
  const target = await listen(t, { env })
  const sockets = Array.from({ length: count }, () => connect(target.port, '127.0.0.1'))
  for (const socket of sockets) {
    socket.on('error', () => {})
    socket.write(HALF)
  }
  const release = () => { for (const socket of sockets) socket.destroy() }
  t.teardown(release)
  return { ...target, release, get: (path: string, headers: Record<string, string> = {}) => fetch(`${target.origin}${path}`, { headers }) }
}

/** Seven writes in flight: as many as there may be, and one more than leaves room for a read. */
async function full (t: Test) {
  const target = await attacked(t, PATIENT, 7)
  while (sumOf(await target.fastify.metrics.metrics(), 'load_shedding_in_flight') < 7) await delay(5)
  return target
}

t.test('of a flood each request that is too much is told when to come back', async (t) => {
  const { get, release, isWell } = await full(t)
  const answers = await Promise.all(Array.from({ length: 200 }, () => get('/v1/signals?limit=100')))

  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([503]))
  for (const { headers } of answers) t.match(headers.get('retry-after'), /^[123]$/)
  t.equal((await answers[0]?.json() as { code: string }).code, 'OVERLOADED')
  release()
  while (!await isWell()) await delay(5)
})

t.test('a flood does not keep a balancer from its answer', async (t) => {
  const { get, origin } = await full(t)
  for (const path of ['/healthz', '/readyz', '/metrics']) t.equal((await get(path)).status, 200, path)
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' }
  t.equal((await fetch(`${origin}/v1/sessions`, { method: 'OPTIONS', headers: preflight })).status, 204, 'nor a browser from asking what it may')
})

t.test('no header, method or spelling of a URL makes a request more important', async (t) => {
  const { get, origin, people } = await full(t)
  const tricks = [
    () => get('/v1/signals', { 'x-priority': 'critical', priority: 'u=0', 'x-http-method-override': 'OPTIONS' }),
    () => get('/v1/users', people.admin.headers),
    () => get('/v1/signals?/healthz'),
    () => get('/v1/signals;/healthz'),
    () => get('/%2e%2e/healthz%3f/v1/signals'),
    () => get('/HEALTHZ'),
    () => get('//healthz'),
    () => fetch(`${origin}/readyz`, { method: 'POST' }),
    () => fetch(`${origin}/graphql`, json({ query: 'mutation { signOut }' }))
  ]
  for (const trick of tricks) t.equal((await trick()).status, 503, trick.toString())
})

t.test('unknown and malformed URLs are refused like any other', async (t) => {
  const { get } = await full(t)
  for (const path of ['/v1/nothing', '/%', `/${'a'.repeat(500)}`, '/v1/signals/%zz']) t.equal((await get(path)).status, 503, path.slice(0, 20))
})

t.test('the body of a refused request is thrown away, and its connection goes on', async (t) => {
  const { send } = await full(t)
  const body = JSON.stringify({ query: '{ me { username } }', padding: 'x'.repeat(90_000) })
  const answer = await send(`POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)

  t.strictSame(answer.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 503', 'HTTP/1.1 200'])
})

t.test('a hundred bodies that do not come keep nobody out', async (t) => {
  const { origin, isWell } = await attacked(t, SMALL, 100)
  while (!await isWell()) await delay(5)
  t.equal((await fetch(`${origin}/v1/users`, json({ username: 'someone-else', password: 'correct-horse-battery' }))).status, 201)
})
