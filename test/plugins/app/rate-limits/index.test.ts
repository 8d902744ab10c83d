import { parse } from 'node:querystring'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../../../schemas/config.ts'
import { addPerson } from '../../../people.ts'
import { needsRedis, startRedis } from '../../../redis.ts'
import { buildApp } from '../../../helper.ts'
import { buildRepositories } from '../../../services.ts'

const SMALL: Environment = { RATE_LIMIT_ANONYMOUS: 10, RATE_LIMIT_FREE: 20, RATE_LIMIT_VIP: 60 }

const build = (t: Test, env: Environment = {}) => buildApp(t, { env: { ...SMALL, ...env } })

/** Headers of an answer: `r` and `q` as numbers, with their policy. */
async function limitOf (fastify: FastifyInstance, url: string, headers: Record<string, string> = {}) {
  const response = await fastify.inject({ url, headers })
  const [, name, parameters = ''] = /^"(\w+)";(.*)$/.exec(String(response.headers.ratelimit)) ?? []
  const { r, t: reset } = parse(parameters, ';')
  return { status: response.statusCode, name, r: Number(r), t: Number(reset), policy: response.headers['ratelimit-policy'] }
}

t.test('each answer says the policy and what is left of it', async (t) => {
  const fastify = await build(t)
  const { t: reset, ...limit } = await limitOf(fastify, '/v1/signals/aaaaaaaaaaaaaaaaaaaaaaaa')

  t.strictSame(limit, { status: 404, name: 'anonymous', r: 9, policy: '"anonymous";q=10;w=60' })
  t.ok(reset >= 1 && reset <= 60)
})

t.test('a list costs by the items it may have; probes cost nothing', async (t) => {
  const fastify = await build(t)
  t.equal((await limitOf(fastify, '/v1/signals?limit=1')).r, 9)
  t.equal((await limitOf(fastify, '/v1/signals?limit=50')).r, 6)
  t.equal((await limitOf(fastify, '/v1/signals?limit=nonsense')).r, 5, 'bad ones as the default')
  t.equal((await limitOf(fastify, '/v1/signals?limit=5000')).r, 4)
  for (let n = 0; n < 20; n++) t.match(await limitOf(fastify, '/readyz'), { status: 200, policy: undefined })
  t.equal((await limitOf(fastify, '/v1/limits')).r, 3)
})

t.test('who has spent the budget is answered 429, with the time to wait', async (t) => {
  const fastify = await build(t)
  await limitOf(fastify, '/v1/signals?limit=100')
  await limitOf(fastify, '/v1/signals?limit=75')
  const response = await fastify.inject('/v1/signals?limit=50')

  t.equal(response.statusCode, 429)
  t.match(response.json(), { status: 429, code: 'TOO_MANY_REQUESTS', detail: /try again in \d+ s/ })
  t.match(response.headers, { 'retry-after': /^\d+$/, 'ratelimit-policy': '"anonymous";q=10;w=60', ratelimit: /^"anonymous";r=1;t=\d+$/ })
  t.equal((await limitOf(fastify, '/v1/signals?limit=1')).status, 200, 'for less there is enough')
  const text = await fastify.metrics.metrics()
  t.match(text, 'rate_limits_refused_total{policy="anonymous"} 1')
  t.match(text, 'rate_limits_admitted_total{policy="anonymous"} 3')
})

t.test('users have a budget of their tier, wherever they are; addresses another', async (t) => {
  const fastify = await build(t)
  const [user, vip] = [await addPerson(fastify, 'user'), await addPerson(fastify, 'vip', { tier: 'vip' })]
  t.match(await limitOf(fastify, '/v1/users/me', user.headers), { name: 'free', r: 19, policy: '"free";q=20;w=60' })
  t.match(await limitOf(fastify, '/v1/users/me', vip.headers), { name: 'vip', r: 59 })
  t.match(await limitOf(fastify, '/v1/limits'), { name: 'anonymous', r: 9 })
})

t.test('whoever fails to sign in, sends bad tokens or asks for unknown URLs pays for it', async (t) => {
  const fastify = await build(t, { RATE_LIMIT_ANONYMOUS: 45 })
  const signIn = () => fastify.inject({ method: 'POST', url: '/v1/sessions', payload: { username: 'nobody', password: 'a wrong password' } })
  t.strictSame([(await signIn()).statusCode, (await signIn()).statusCode, (await signIn()).statusCode], [401, 401, 429])
  t.match(await limitOf(fastify, '/v1/users/me', { authorization: 'Bearer nonsense' }), { status: 401, name: 'anonymous', r: 4 })
  t.match(await limitOf(fastify, '/nothing/here'), { status: 404, r: 3 })
  t.match(await limitOf(fastify, '/docs/'), { r: 2 })
  for (let n = 0; n < 2; n++) await limitOf(fastify, '/nothing/here')
  t.match(await limitOf(fastify, '/nothing/here'), { status: 429, r: 0 })
  t.match(await limitOf(fastify, '/v1/users/me', { authorization: 'Bearer nonsense' }), { status: 429 })
})

t.test('GET /v1/limits tells a caller its policy and what is left', async (t) => {
  const fastify = await build(t)
  const user = await addPerson(fastify, 'user')
  const told = (await fastify.inject({ url: '/v1/limits', headers: user.headers })).json()

  t.match(told, { is_limited: true, policy: 'free', budget: 20, quota: 20, remaining: 19, window_s: 60, reset_s: Number, load_factor: 1 })
})

t.test('under load budgets are smaller, and whole again some time after it', async (t) => {
  const fastify = await build(t, { RATE_LIMIT_ANONYMOUS: 100, LOAD_INTERVAL_MS: 20, LOAD_MAX_DELAY_MS: 1 })
  const quotaOf = async () => /q=(\d+)/.exec(String((await limitOf(fastify, '/v1/limits')).policy))?.[1]
  async function loadUntil (isReached: (quota: number) => boolean, work: () => void): Promise<number> {
    for (let turn = 0; turn < 1000; turn++) {
      work()
      await new Promise((resolve) => setTimeout(resolve, 10))
      const quota = Number(await quotaOf())
      if (isReached(quota)) return quota
    }
    return NaN
  }
  const spin = () => { const end = performance.now() + 100; while (performance.now() < end); }

  t.ok(await loadUntil((quota) => quota <= 70, spin) <= 70)
  t.match((await fastify.inject('/v1/limits')).json(), { budget: 100 })
})

t.test('kept answers are paid for as others are, and refused when the budget is spent', async (t) => {
  const fastify = await build(t)
  const url = await fastify.listen({ port: 0 })
  const statuses = []
  const left = []
  for (let n = 0; n < 12; n++) {
    const response = await fetch(`${url}/v1/signals?limit=1`)
    await response.arrayBuffer()
    statuses.push(response.status)
    left.push(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1])
  }
  t.strictSame(statuses, [...Array.from({ length: 10 }, () => 200), 429, 429])
  t.strictSame(left, ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0', '0', '0'])
})

t.test('what more an operation costs than its route is charged, and refunded', async (t) => {
  const fastify = await buildRepositories(t, SMALL)
  fastify.get('/operation/:units', async (request, reply) => {
    const { units } = request.params as { units: string }
    await fastify.rateLimits.charge(request, reply, Number(units))
    fastify.rateLimits.refund(request, reply, Math.max(0, Number(units) - 1))
    return { budget: fastify.rateLimits.budgetOf(request) }
  })
  t.match((await fastify.inject('/operation/0')).json(), { budget: 10 })
  t.match((await fastify.inject('/operation/9')).headers, { ratelimit: /^"anonymous";r=9;/ })
  t.match((await fastify.inject('/operation/10')).headers, { 'retry-after': /^\d+$/, ratelimit: /^"anonymous";r=9;/ })
})

t.test('left out, nobody is limited and nothing is said', async (t) => {
  const fastify = await build(t, { OPTIMIZATIONS_OFF: 'rate-limits', RATE_LIMIT_ANONYMOUS: 1 })
  const url = await fastify.listen({ port: 0 })
  for (let n = 0; n < 5; n++) {
    const response = await fetch(`${url}/v1/signals?limit=1`)
    await response.arrayBuffer()
    t.equal(response.status, 200)
    t.equal(response.headers.get('ratelimit'), null)
  }
  t.strictSame((await fastify.inject('/v1/limits')).json(), { is_limited: false })
})

t.test('instances share budgets through Redis, also for kept answers', needsRedis, async (t) => {
  const redis = await startRedis(t)
  const env = { REDIS_URL: redis.url, RATE_LIMIT_ANONYMOUS: 50 }
  const instances = await Promise.all([build(t, env), build(t, { ...env, MONGODB_DATABASE: `t-limits-second-${process.pid}` })])
  const urls = await Promise.all(instances.map((fastify) => fastify.listen({ port: 0 })))
  const untilMetric = async (line: string, fastify = instances[0]) => { while (!(await fastify?.metrics.metrics())?.includes(`\n${line}\n`)) await delay(20) }
  // told by heartbeats
  await Promise.all(instances.map((fastify) => untilMetric('rate_limits_fleet_instances 2', fastify)))
  let admitted = 0
  for (let n = 0; n < 80; n++) {
    const response = await fetch(`${urls[n % 2]}/v1/signals?limit=1`)
    await response.arrayBuffer()
    if (response.status === 200) admitted += 1
  }
  t.ok(admitted >= 48 && admitted <= 50, `${admitted} of 50`)
  t.match(await instances[0]?.metrics.metrics(), /rate_limits_fleet_instances \d[^]*rate_limits_fleet_calls \d/)

  await redis.kill()
  await untilMetric('rate_limits_fleet_away 1')
  const refused = await fetch(`${urls[0]}/v1/limits`)
  t.equal(refused.status, 429, 'no hole while it is away')
  t.equal(refused.headers.get('ratelimit-policy'), '"anonymous";q=25;w=60', 'the share of one of two')
})
