import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople, BUY } from '../people.ts'

const ROLES = ['anonymous', 'stranger', 'user', 'subscriber', 'analyst', 'rival', 'admin'] as const
type Status = number
type Row = [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, statuses: Record<typeof ROLES[number], Status>, payload?: object]

/** 401 for anonymous requests, and what each of the others gets. */
function of (other: Status, own: Partial<Record<typeof ROLES[number], Status>> = {}): Record<typeof ROLES[number], Status> {
  const all = { anonymous: 401, stranger: other, user: other, subscriber: other, analyst: other, rival: other, admin: other }
  return { ...all, ...own }
}

async function build (test: Test) {
  const fastify = await buildApp(test)
  const people = await addPeople(fastify)
  const publish = () => fastify.signals.create(people.analyst.caller, BUY)
  return { fastify, people, publish }
}

async function statusOf (fastify: FastifyInstance, row: Row, headers: Record<string, string>): Promise<Status> {
  const [method, url, , payload] = row
  const response = await fastify.inject({ method, url, headers: { ...headers, 'if-match': '*' }, ...(payload && { payload }) })
  if (response.statusCode >= 400) response.json<{ code: string }>()
  return response.statusCode
}

t.test('who may do what', async (t) => {
  const { fastify, people, publish } = await build(t)
  const { user, analyst } = people
  const { id } = await publish()
  const own = `/v1/users/${user.user_id}`
  const rows: Row[] = [
    ['GET', '/v1/users/me', of(200)],
    ['GET', '/v1/users/me/stats', of(200)],
    ['GET', '/v1/users/me/transactions', of(200)],
    ['PATCH', '/v1/users/me', of(403), { password: 'a new password', current_password: 'not the current one' }],
    ['GET', own, of(404, { user: 200, admin: 200 })],
    ['GET', `${own}/stats`, of(404, { user: 200, admin: 200 })],
    ['GET', `${own}/transactions`, of(404, { user: 200, admin: 200 })],
    ['GET', '/v1/users', of(403, { admin: 200 })],
    ['GET', '/v1/transactions', of(200)],
    ['GET', `/v1/transactions?user_id=${user.user_id}`, of(404, { user: 200, admin: 200 })],
    ['GET', '/v1/analysts', of(200, { anonymous: 200 })],
    ['GET', `/v1/analysts/${analyst.analyst_id}`, of(200, { anonymous: 200 })],
    ['GET', `/v1/analysts/${analyst.analyst_id}/signals`, of(200, { anonymous: 200 })],
    ['POST', '/v1/analysts', of(403, { admin: 422 }), { user_id: 1, name: 'Nobody' }],
    ['PATCH', `/v1/analysts/${analyst.analyst_id}`, of(403, { admin: 200 }), { rank: 99 }],
    ['GET', '/v1/signals', of(200, { anonymous: 200 })],
    ['GET', `/v1/signals/${id}`, of(200, { anonymous: 200 })],
    ['POST', '/v1/signals', of(403, { analyst: 201, rival: 201 }), BUY],
    ['PATCH', `/v1/signals/${id}`, of(403, { analyst: 200 }), { stop_loss: '59500' }],
    ['DELETE', '/v1/sessions', of(204)]
  ]

  for (const row of rows) {
    for (const role of ROLES) {
      const headers = role === 'anonymous' ? {} : people[role].headers
      t.equal(await statusOf(fastify, row, headers), row[2][role], `${row[0]} ${row[1]} by ${role}`)
    }
  }
})

t.test("what is not there and what is another's look the same", async (t) => {
  const { fastify, people: { user, stranger } } = await build(t)
  const bodyOf = async (userId: number, part: string) => {
    const { instance, ...body } = (await fastify.inject({ url: `/v1/users/${userId}${part}`, headers: stranger.headers })).json<Record<string, unknown>>()
    return body
  }

  for (const part of ['', '/stats', '/transactions']) {
    t.strictSame(await bodyOf(user.user_id, part), await bodyOf(1, part), part)
  }
})

t.test('entry, targets and stop of active signals are for subscribers, their analyst and admins', async (t) => {
  const { fastify, people, publish } = await build(t)
  const { id } = await publish()
  const seenBy = { anonymous: false, stranger: false, user: false, rival: false, subscriber: true, analyst: true, admin: true }
  const urls = [`/v1/signals/${id}`, '/v1/signals', `/v1/analysts/${people.analyst.analyst_id}/signals`, '/v1/signals?fields=entry,stop_loss', `/v1/signals/${id}?fields=targets`]

  for (const role of ROLES) {
    const headers = role === 'anonymous' ? {} : people[role].headers
    for (const url of urls) {
      const { body } = await fastify.inject({ url, headers })
      t.equal(/60000|59000|61000/.test(body), seenBy[role], `${url} by ${role}`)
    }
  }
})

t.test('a session is ended by its owner only', async (t) => {
  const { fastify, people: { stranger } } = await build(t)
  const signedIn = await fastify.inject({ method: 'POST', url: '/v1/sessions', payload: { username: 'user', password: 'demo-password' } })
  await fastify.inject({ method: 'DELETE', url: '/v1/sessions', headers: stranger.headers })
  const renewed = await fastify.inject({ method: 'POST', url: '/v1/sessions/refresh', payload: { refresh_token: signedIn.json().refresh_token } })

  t.equal(renewed.statusCode, 200)
})
