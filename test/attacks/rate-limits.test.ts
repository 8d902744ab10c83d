import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { Environment } from '../../schemas/config.ts'
import { buildApp } from '../helper.ts'
import { addPerson } from '../people.ts'

const BUDGET = 30

async function listen (t: Test, env: Environment = {}) {
  const fastify = await buildApp(t, { env: { RATE_LIMIT_ANONYMOUS: BUDGET, RATE_LIMIT_FREE: BUDGET, ...env } })
  const url = await fastify.listen({ port: 0 })
  async function ask (path: string, init: RequestInit = {}): Promise<number> {
    const response = await fetch(url + path, init)
    await response.arrayBuffer()
    return response.status
  }
  return { fastify, url, ask }
}

/** Statuses of `count` requests, one after the other, by how often each came. */
async function flood (count: number, ask: (n: number) => Promise<number>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (let n = 0; n < count; n++) {
    const status = await ask(n)
    counts[status] = (counts[status] ?? 0) + 1
  }
  return counts
}

t.test('a flood of one URL is admitted up to the budget', async (t) => {
  const { ask } = await listen(t)
  t.strictSame(await flood(BUDGET + 20, () => ask('/v1/signals?limit=1')), { 200: BUDGET, 429: 20 })
})

t.test('a flood at the same moment is admitted up to the budget', async (t) => {
  const { ask } = await listen(t)
  const statuses = await Promise.all(Array.from({ length: 100 }, () => ask('/v1/signals?limit=1')))
  t.equal(statuses.filter((status) => status === 200).length, BUDGET)
})

t.test('other URLs, other queries and other methods do not help', async (t) => {
  const { ask } = await listen(t)
  const ways: ((n: number) => Promise<number>)[] = [
    (n) => ask(`/v1/signals?limit=${1 + n % 20}`),
    (n) => ask(`/v1/analysts?limit=1&cursor=${'x'.repeat(1 + n % 30)}`),
    (n) => ask(`/nothing/${n}`),
    () => ask('/v1/signals?limit=1', { method: 'HEAD' }),
    () => ask('/v1/nothing', { method: 'DELETE' }),
    () => ask('/v1/signals', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } })
  ]
  await flood(BUDGET, (n) => (ways[n % ways.length] as (n: number) => Promise<number>)(n))
  for (const [index, way] of ways.entries()) t.equal(await way(index), 429, `way ${index}`)
})

t.test('unknown URLs are limited', async (t) => {
  const { ask } = await listen(t)
  t.strictSame(await flood(BUDGET + 5, (n) => ask(`/.env.${n}`)), { 404: BUDGET, 429: 5 })
})

t.test('guessing passwords is limited, whatever the names', async (t) => {
  const { ask } = await listen(t, { RATE_LIMIT_ANONYMOUS: 100 })
  const guess = (n: number) => ask('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: `user-${n}`, password: 'demo-password' })
  })
  t.strictSame(await flood(8, guess), { 401: 5, 429: 3 })
})

t.test('bad tokens are paid for by the address that sends them', async (t) => {
  const { ask } = await listen(t)
  const counts = await flood(BUDGET + 5, (n) => ask('/v1/users/me', { headers: { authorization: `Bearer nonsense-${n}` } }))
  t.strictSame(counts, { 401: BUDGET, 429: 5 })
})

t.test('a new token, session or connection does not bring a new budget', async (t) => {
  const { fastify, ask } = await listen(t)
  const person = await addPerson(fastify, 'person')
  const tokenOf = (n: number) => `Bearer ${fastify.jwt.sign({ sub: String(person.user_id), tier: 'free', analyst_id: null, subscription_expires: null, sid: String(n).padStart(24, '0') })}`
  const counts = await flood(BUDGET + 5, (n) => ask('/v1/users/me?fields=username', { headers: { authorization: tokenOf(n), connection: 'close' } }))
  t.strictSame(counts, { 200: BUDGET, 429: 5 })
})

t.test("one's flood leaves others their budget", async (t) => {
  const { fastify, ask } = await listen(t)
  const [attacker, other] = [await addPerson(fastify, 'attacker'), await addPerson(fastify, 'other')]
  await flood(BUDGET + 5, () => ask('/v1/users/me', { headers: attacker.headers }))
  t.equal(await ask('/v1/users/me', { headers: attacker.headers }), 429)
  t.equal(await ask('/v1/users/me', { headers: other.headers }), 200)
  t.equal(await ask('/healthz'), 200)
})

t.test('many requests in one packet are counted one by one', async (t) => {
  const { url } = await listen(t)
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /v1/signals?limit=1 HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(BUDGET + 9) + 'GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  let text = ''
  for await (const part of socket) text += String(part)

  t.equal(text.match(/HTTP\/1\.1 200/g)?.length, BUDGET + 1)
  t.equal(text.match(/HTTP\/1\.1 429/g)?.length, 9)
})

t.test('a refused request says when to come again, and costs nothing', async (t) => {
  const { url, ask } = await listen(t)
  await flood(BUDGET - 2, () => ask('/v1/signals?limit=1'))
  const refused = await fetch(`${url}/v1/signals?limit=100`)
  const problem = await refused.json() as object

  t.match({ status: refused.status, ...problem }, { status: 429, code: 'TOO_MANY_REQUESTS' })
  t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
  t.match(refused.headers.get('ratelimit'), /^"anonymous";r=2;t=\d+$/)
  t.equal(await ask('/v1/signals?limit=1'), 200)
})
