import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople, addPerson } from '../people.ts'

async function addTransactions (fastify: FastifyInstance, userId: number, count: number): Promise<void> {
  await fastify.mongo.db?.collection('transactions').insertMany(Array.from({ length: count }, (_, i) => ({
    user_id: userId, kind: 'deposit', amount: 1_000_000 + i, status: 'completed', reference: `d-${i}`, created_at: new Date(Date.UTC(2026, 0, 1 + i))
  })))
}

t.test('signing up creates a user that can sign in', async (t) => {
  const fastify = await buildApp(t)
  const payload = { username: 'rami-1', password: 'a long password' }
  const created = await fastify.inject({ method: 'POST', url: '/v1/users', payload })

  t.equal(created.statusCode, 201)
  t.equal(created.headers.location, `/v1/users/${created.json().user_id}`)
  t.match(created.json(), { username: 'rami-1', tier: 'free', balance: '0.000000' })
  t.notMatch(created.body, /password|argon2/)
  t.equal((await fastify.inject({ method: 'POST', url: '/v1/sessions', payload })).statusCode, 201)
})

t.test('a username is taken once', async (t) => {
  const fastify = await buildApp(t)
  await fastify.indexes.ensure()
  const post = () => fastify.inject({ method: 'POST', url: '/v1/users', payload: { username: 'rami-1', password: 'a long password' } })
  await post()

  t.match((await post()).json(), { status: 409, code: 'USERNAME_TAKEN', title: 'Conflict' })
})

t.test('users read and change themselves', async (t) => {
  const fastify = await buildApp(t)
  const { user_id: userId, headers } = await addPerson(fastify, 'demo-user')
  const get = async (url: string): Promise<object> => (await fastify.inject({ url, headers })).json()

  t.match(await get('/v1/users/me'), { user_id: userId, username: 'demo-user', balance: '10000.000000' })
  t.strictSame(await get('/v1/users/me?fields=username,balance'), { username: 'demo-user', balance: '10000.000000' })
  t.strictSame(await get('/v1/users/me'), await get(`/v1/users/${userId}`))
  const changed = await fastify.inject({ method: 'PATCH', url: '/v1/users/me', headers, payload: { username: 'renamed' } })
  t.match(changed.json(), { user_id: userId, username: 'renamed' })
  const refused = await fastify.inject({ method: 'PATCH', url: '/v1/users/me', headers, payload: { password: 'a new password', current_password: 'wrong' } })
  t.match(refused.json(), { status: 403, code: 'WRONG_PASSWORD' })
  const incomplete = await fastify.inject({ method: 'PATCH', url: '/v1/users/me', headers, payload: { password: 'a new password' } })
  t.match(incomplete.json(), { status: 400, code: 'VALIDATION_FAILED' }, 'a new password needs the old one')
})

t.test('statistics are counted and summed', async (t) => {
  const fastify = await buildApp(t)
  const { user_id: userId, headers } = await addPerson(fastify, 'demo-user')
  await addTransactions(fastify, userId, 3)
  await fastify.mongo.db?.collection('referral_earnings').insertMany([1_500_000, 2_000_001].map((amount) => ({ referrer_id: userId, amount })))
  const expected = { user_id: userId, transaction_count: 3, total_referral_earnings: '3.500001' }

  t.strictSame((await fastify.inject({ url: '/v1/users/me/stats', headers })).json(), expected)
  t.strictSame((await fastify.inject({ url: `/v1/users/${userId}/stats`, headers })).json(), expected)
})

t.test('transactions come in pages that a client follows by cursor or link', async (t) => {
  const fastify = await buildApp(t)
  const { user_id: userId, headers } = await addPerson(fastify, 'demo-user')
  await addTransactions(fastify, userId, 5)
  const seen: string[] = []
  let url: string | undefined = '/v1/users/me/transactions?limit=2&fields=reference'
  while (url !== undefined) {
    const response: LightMyRequestResponse = await fastify.inject({ url, headers })
    const { data, next_cursor: cursor } = response.json<{ data: { reference: string }[], next_cursor: string | null }>()
    seen.push(...data.map(({ reference }) => reference))
    url = /^<(.+)>; rel="next"$/.exec(String(response.headers.link))?.[1]
    t.equal(url === undefined, cursor === null)
    for (const item of data) t.strictSame(Object.keys(item), ['reference'])
  }

  t.strictSame(seen, ['d-4', 'd-3', 'd-2', 'd-1', 'd-0'])
  const own = await fastify.inject({ url: `/v1/users/${userId}/transactions?limit=1`, headers })
  t.match(own.json(), { data: [{ user_id: userId, amount: '1.000004', kind: 'deposit', status: 'completed' }] })
})

t.test('admins list users, newest first, and read any of them', async (t) => {
  const fastify = await buildApp(t)
  const { admin, user } = await addPeople(fastify)
  await addPerson(fastify, 'closed', { is_active: false })
  const { headers } = admin
  const namesAt = async (url: string) => {
    const { data } = (await fastify.inject({ url, headers })).json<{ data: { username: string }[] }>()
    return data.map(({ username }) => username)
  }

  t.strictSame(await namesAt('/v1/users?limit=2'), ['closed', 'admin'])
  t.strictSame(await namesAt('/v1/users?is_active=false'), ['closed'])
  t.equal((await namesAt('/v1/users?is_active=true&fields=username')).length, 7)
  t.match((await fastify.inject({ url: `/v1/users/${user.user_id}`, headers })).json(), { username: 'user' })
  t.strictSame((await fastify.inject({ url: `/v1/users/${user.user_id}/transactions`, headers })).json(), { data: [], next_cursor: null })
  for (const part of ['', '/stats', '/transactions']) {
    t.match((await fastify.inject({ url: `/v1/users/1${part}`, headers })).json(), { status: 404, code: 'NOT_FOUND' }, `nobody${part}`)
  }
})
