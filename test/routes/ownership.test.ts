import t, { type Test } from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople, BUY } from '../people.ts'

const ROLES = ['anonymous', 'stranger', 'user', 'subscriber', 'analyst', 'rival', 'admin'] as const

async function build (test: Test) {
  const fastify = await buildApp(test)
  const people = await addPeople(fastify)
  const publish = () => fastify.signals.create(people.analyst.caller, BUY)
  return { fastify, people, publish }
}

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
