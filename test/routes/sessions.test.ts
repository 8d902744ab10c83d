import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPerson } from '../people.ts'

const credentials = { username: 'demo-user', password: 'demo-password' }

t.test('a session begins, is renewed and ends', async (t) => {
  const fastify = await buildApp(t)
  const { user_id: userId } = await addPerson(fastify, 'demo-user')
  const post = (url: string, payload: object) => fastify.inject({ method: 'POST', url, payload })

  const begun = await post('/v1/sessions', credentials)
  t.equal(begun.statusCode, 201)
  t.equal(begun.headers['cache-control'], 'no-store')
  t.match(begun.json(), { access_token: String, token_type: 'Bearer', expires_in: 900, refresh_token: /^[\w-]{67}$/ })

  const renewed = await post('/v1/sessions/refresh', { refresh_token: begun.json().refresh_token })
  t.equal(renewed.statusCode, 200)
  t.equal(renewed.headers['cache-control'], 'no-store')
  const again = await post('/v1/sessions/refresh', { refresh_token: begun.json().refresh_token })
  t.equal(again.json().refresh_token, renewed.json().refresh_token, 'a client that lost the answer gets it again')

  const authorization = `Bearer ${renewed.json().access_token}`
  t.match((await fastify.inject({ url: '/v1/users/me', headers: { authorization } })).json(), { user_id: userId })
  const ended = await fastify.inject({ method: 'DELETE', url: '/v1/sessions', headers: { authorization } })
  t.match([ended.statusCode, ended.body], [204, ''])
  t.equal((await post('/v1/sessions/refresh', { refresh_token: renewed.json().refresh_token })).statusCode, 401)
  t.equal((await fastify.inject({ url: '/v1/users/me', headers: { authorization } })).statusCode, 200, 'the access token counts until it expires')
})

t.test('refusals are not stored and do not tell what was wrong', async (t) => {
  const fastify = await buildApp(t)
  await addPerson(fastify, 'demo-user')
  const answers = await Promise.all([{ ...credentials, password: 'wrong' }, { ...credentials, username: 'nobody' }].map((payload) =>
    fastify.inject({ method: 'POST', url: '/v1/sessions', payload })))

  for (const answer of answers) {
    t.match(answer.json(), { status: 401, code: 'UNAUTHENTICATED', detail: 'User name or password is wrong' })
    t.equal(answer.headers['cache-control'], 'no-store')
    t.equal(answer.headers['www-authenticate'], 'Bearer')
  }
})
