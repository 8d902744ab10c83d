import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople, addPerson, BUY, type Person } from '../people.ts'

async function build (t: Test) {
  const fastify = await buildApp(t)
  const people = await addPeople(fastify)
  const subscribe = (person: Person, { key = 'key', months = 1 } = {}) =>
    fastify.inject({ method: 'POST', url: '/v1/subscriptions', headers: { ...person.headers, 'idempotency-key': key }, payload: { plan: 'vip', months } })
  return { fastify, people, subscribe }
}

const get = async (fastify: FastifyInstance, url: string, { headers }: Pick<Person, 'headers'>) => (await fastify.inject({ url, headers })).json<Record<string, unknown>>()

t.test('plans are public, and may be kept', async (t) => {
  const { fastify } = await build(t)
  const response = await fastify.inject('/v1/subscriptions/plans')

  t.strictSame(response.json(), { data: [{ plan: 'vip', monthly_price: '29.000000' }] })
  t.match(response.headers, { 'cache-control': 'public, max-age=60', etag: String })
})

t.test('who subscribes sees it at once, everywhere', async (t) => {
  const { fastify, people: { analyst, user }, subscribe } = await build(t)
  const signal = await fastify.signals.create(analyst.caller, BUY)
  const { key } = await fastify.apiKeys.create(user.caller, { name: 'key', scope: 'read' })
  const seen = async (headers: Record<string, string>) => {
    const list = (await fastify.inject({ url: '/v1/signals', headers })).json<{ data: { entry: string | null }[] }>()
    const one = (await fastify.inject({ url: `/v1/signals/${signal.id}`, headers })).json<{ entry: string | null }>()
    const asked = (await fastify.inject({ method: 'POST', url: '/graphql', headers, payload: { query: '{ signals { edges { node { entry } } } }' } })).json<{ data: { signals: { edges: { node: { entry: string | null } }[] } } }>()
    return [list.data[0]?.entry, one.entry, asked.data.signals.edges[0]?.node.entry]
  }
  for (const headers of [user.headers, { 'x-api-key': key }]) t.strictSame(await seen(headers), [null, null, null])
  await get(fastify, '/v1/users/me/stats', user)
  const bought = await subscribe(user, { months: 3 })

  t.equal(bought.statusCode, 201)
  for (const headers of [user.headers, { 'x-api-key': key }]) t.strictSame(await seen(headers), ['60000', '60000', '60000'], 'with a token that does not know it')
  t.match(await get(fastify, '/v1/users/me', user), { tier: 'vip', balance: '9913.000000', subscription_expires: bought.json<{ subscription_expires: string }>().subscription_expires })
  t.match(await get(fastify, '/v1/users/me/stats', user), { transaction_count: 1 })
  t.match(await get(fastify, '/v1/users/me/transactions', user), { data: [{ id: bought.json<{ transaction_id: string }>().transaction_id, kind: 'subscription', amount: '-87.000000', reference: 'vip-3' }] })
})

t.test('the same key subscribes once', async (t) => {
  const { fastify, people: { user }, subscribe } = await build(t)
  const [first, second] = [await subscribe(user), await subscribe(user)]

  t.equal(second.body, first.body)
  t.match(second.headers, { 'idempotent-replayed': 'true' })
  t.match((await subscribe(user, { months: 2 })).json(), { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.match(await get(fastify, '/v1/users/me', user), { balance: '9971.000000' })
})

t.test('what cannot be bought is refused', async (t) => {
  const { fastify, people: { user }, subscribe } = await build(t)
  const poor = await addPerson(fastify, 'poor', { balance: 0 })
  const { key } = await fastify.apiKeys.create(user.caller, { name: 'key', scope: 'trade' })
  t.match((await subscribe(poor)).json(), { status: 422, code: 'INSUFFICIENT_BALANCE' })
  t.match((await subscribe({ ...user, headers: { 'x-api-key': key } as never })).json(), { status: 403, code: 'INSUFFICIENT_SCOPE' })
  for (const [i, payload] of [{ plan: 'vip' }, { plan: 'gold', months: 1 }, { plan: 'vip', months: 0 }, { plan: 'vip', months: 25 }, { plan: 'vip', months: 1.5 }, { plan: 'vip', months: '1' }, { plan: 'vip', months: 1, user_id: 1 }].entries()) {
    const response = await fastify.inject({ method: 'POST', url: '/v1/subscriptions', headers: { ...user.headers, 'idempotency-key': `key-${i}` }, payload })
    t.match(response.json(), { status: 400, code: 'VALIDATION_FAILED' }, JSON.stringify(payload))
  }
  t.match((await fastify.inject({ method: 'POST', url: '/v1/subscriptions', headers: user.headers, payload: { plan: 'vip', months: 1 } })).json(), { detail: /idempotency-key/ })
  t.match(await get(fastify, '/v1/users/me', user), { balance: '10000.000000', tier: 'free' })
})
