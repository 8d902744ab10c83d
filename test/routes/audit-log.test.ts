import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { startTarget } from '../attacks/server.ts'
import { buildApp } from '../helper.ts'
import { addPerson } from '../people.ts'

const PASSWORD = 'demo-password'
const NEXT_PASSWORD = 'another password'

interface Request {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  headers?: Record<string, string>
  payload?: object
}

/** The application with a user and an admin, and ways to ask it and to read its log. */
async function build (t: Parameters<typeof buildApp>[0]) {
  const fastify = await buildApp(t)
  const user = await addPerson(fastify, 'demo-user')
  const admin = await addPerson(fastify, 'demo-admin', { tier: 'admin' })
  const ask = (url: string, { method = 'POST', headers = {}, payload }: Request = {}) => fastify.inject({ method, url, headers, ...(payload && { payload }) })
  const signIn = (username: string, password: string) => ask('/v1/sessions', { payload: { username, password } })
  const list = async (query = '') => (await ask(`/v1/audit-log${query}`, { method: 'GET', headers: admin.headers })).json<{ data: unknown[] }>().data
  return { fastify, user, admin, ask, signIn, list }
}

/** From now on no two entries may be of one action: the second cannot be written, on any engine. */
async function breakLog (fastify: FastifyInstance) {
  await fastify.documents.collection('audit_log').createIndex({ action: 1 }, { unique: true })
}

t.test('sign-ins over HTTP leave entries without a password or the name that was typed', async (t) => {
  const { fastify, attack } = await startTarget(t)
  const { user_id: userId } = await addPerson(fastify, 'demo-user')
  const { headers } = await addPerson(fastify, 'demo-admin', { tier: 'admin' })
  const signIn = (username: string, password: string) => attack('/v1/sessions', { method: 'POST', body: { username, password } })
  t.equal((await signIn('demo-user', PASSWORD)).status, 201)
  const refused = await signIn('demo-user', 'a wrong secret')
  t.equal((await signIn('my secret by mistake', 'whatever')).status, 401)
  const { status, body } = await attack('/v1/audit-log', { headers })

  t.equal(status, 200)
  const entry = { action: 'sign_in', target: null, address: '127.0.0.0/24', request_id: String, created_at: String }
  t.match(body.data, [
    { ...entry, actor_id: null, outcome: 'refused' },
    { ...entry, actor_id: userId, outcome: 'refused', request_id: refused.body.instance },
    { ...entry, actor_id: userId, outcome: 'ok' }
  ])
  t.notMatch(JSON.stringify(await fastify.documents.collection('audit_log').find().toArray()), /secret|password|whatever|demo-user/)
})

t.test('the life of a session and of its password is in the log, by REST and GraphQL', async (t) => {
  const { fastify, user, ask, signIn, list } = await build(t)
  const begun = (await signIn('demo-user', PASSWORD)).json()
  const headers = { authorization: `Bearer ${begun.access_token}` }
  const refresh = () => ask('/v1/sessions/refresh', { payload: { refresh_token: begun.refresh_token } })
  await refresh()
  await fastify.documents.collection('sessions').updateMany({}, { $set: { previous_hash: null } })
  t.equal((await refresh()).statusCode, 401)
  await ask('/v1/users/me', { method: 'PATCH', headers, payload: { password: NEXT_PASSWORD, current_password: 'wrong' } })
  await ask('/v1/users/me', { method: 'PATCH', headers, payload: { username: 'renamed' } })
  const query = `mutation { updateProfile(input: { password: "${NEXT_PASSWORD}", currentPassword: "${PASSWORD}" }) { userId } }`
  t.notOk((await ask('/graphql', { headers, payload: { query } })).json().errors)
  await ask('/v1/sessions', { method: 'DELETE', headers })

  const target = `user:${user.user_id}`
  t.match(await list(`?actor_id=${user.user_id}`), [
    { action: 'sign_out', outcome: 'ok', target: /^session:[0-9a-f]{24}$/ },
    { action: 'password_change', outcome: 'ok', target, address: '127.0.0.0/24', request_id: String },
    { action: 'password_change', outcome: 'refused', target },
    { action: 'session_reuse', outcome: 'refused', target: /^session:[0-9a-f]{24}$/ },
    { action: 'sign_in', outcome: 'ok' }
  ])
  t.equal((await list(`?actor_id=${user.user_id}`)).length, 5, 'a new name is no entry')
})

t.test('API keys that are made and revoked are in the log', async (t) => {
  const { user: { headers }, ask, list } = await build(t)
  const { id, key } = (await ask('/v1/api-keys', { headers, payload: { name: 'bot', scope: 'read' } })).json<{ id: string, key: string }>()
  await ask('/v1/api-keys', { headers, payload: { name: 'bot', scope: 'read', expires_at: '2020-01-01T00:00:00Z' } })
  for (let n = 0; n < 2; n += 1) await ask(`/v1/api-keys/${id}`, { method: 'DELETE', headers })
  const entries = await list()

  t.match(entries, [
    { action: 'api_key_revoke', target: `api_key:${id}`, outcome: 'refused' },
    { action: 'api_key_revoke', target: `api_key:${id}`, outcome: 'ok' },
    { action: 'api_key_create', target: null, outcome: 'refused' },
    { action: 'api_key_create', target: `api_key:${id}`, outcome: 'ok' }
  ])
  t.notOk(JSON.stringify(entries).includes(key))
})

t.test('what admins write is in the log, and what they were refused', async (t) => {
  const { user, admin: { user_id: adminId, headers }, ask, list } = await build(t)
  const payload = { user_id: user.user_id, name: 'Rami' }
  const { id } = (await ask('/v1/analysts', { headers, payload })).json<{ id: string }>()
  t.equal((await ask('/v1/analysts', { headers, payload: { ...payload, user_id: 1 } })).statusCode, 422)
  t.equal((await ask(`/v1/analysts/${id}`, { method: 'PATCH', headers, payload: { rank: 5 } })).statusCode, 200)
  t.equal((await ask(`/v1/analysts/${'0'.repeat(24)}`, { method: 'PATCH', headers, payload: { rank: 5 } })).statusCode, 404)

  t.match(await list(), [
    { action: 'analyst_update', outcome: 'refused', actor_id: adminId, target: `analyst:${'0'.repeat(24)}` },
    { action: 'analyst_update', outcome: 'ok', actor_id: adminId, target: `analyst:${id}` },
    { action: 'analyst_appoint', outcome: 'refused', actor_id: adminId, target: 'user:1' },
    { action: 'analyst_appoint', outcome: 'ok', actor_id: adminId, target: `user:${user.user_id}` }
  ])
})

t.test('without its entry a sign-in goes on, and what admins write is not done', async (t) => {
  const { fastify, user, admin: { headers }, ask, signIn, list } = await build(t)
  await breakLog(fastify)
  const payload = { user_id: user.user_id, name: 'Rami' }
  const { id } = (await ask('/v1/analysts', { headers, payload })).json<{ id: string }>()
  const change = (rank: number) => ask(`/v1/analysts/${id}`, { method: 'PATCH', headers, payload: { rank } })
  const statuses = [await change(5), await change(6), await ask('/v1/analysts', { headers, payload: { ...payload, user_id: 1 } })].map(({ statusCode }) => statusCode)

  t.strictSame(statuses, [200, 500, 500])
  t.match(await fastify.analystsRepository.findById(id), { rank: 5 })
  for (let n = 0; n < 2; n += 1) t.equal((await signIn('demo-user', PASSWORD)).statusCode, 201)
  t.equal((await list()).length, 3)
})

t.test('the log is read page by page, by admins alone', async (t) => {
  const { fastify, user, admin: { headers }, ask } = await build(t)
  for (const id of [1, 2, 3]) await fastify.auditLog.record({ action: 'sign_in', actor_id: id, target: null }, 'ok')
  const first = await ask('/v1/audit-log?limit=2', { method: 'GET', headers })
  const { data, next_cursor: cursor } = first.json()

  t.match(data, [{ actor_id: 3, address: null, request_id: null }, { actor_id: 2 }])
  t.match(first.headers.link, /rel="next"/)
  t.match((await ask(`/v1/audit-log?cursor=${cursor}`, { method: 'GET', headers })).json(), { data: [{ actor_id: 1 }], next_cursor: null })
  t.equal((await ask('/v1/audit-log?actor_id[$gt]=0', { method: 'GET', headers })).statusCode, 400)
  t.equal((await ask('/v1/audit-log', { method: 'GET', headers: user.headers })).statusCode, 403)
  t.match((await fastify.documents.collection('audit_log').indexes()).find(({ expireAfterSeconds: ttl }) => ttl !== undefined), { key: { created_at: 1 }, expireAfterSeconds: 34_560_000 })
})
