import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople, BUY } from '../people.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const post = (body: unknown, headers: Record<string, string> = JSON_TYPE) =>
  ({ method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })

/** The application on a free port, with signed-in people. */
async function listen (test: Parameters<typeof buildApp>[0]) {
  const fastify = await buildApp(test)
  const people = await addPeople(fastify)
  const origin = await fastify.listen({ port: 0 })
  return { fastify, origin, people }
}

type Case = [name: string, url: string, init: RequestInit, status: number, code: string, pointer?: string]

const credentials = { username: 'demo-user', password: 'demo-password' }
const CASES: Case[] = [
  ['an unknown field', '/v1/sessions', post({ ...credentials, remember: true }), 400, 'VALIDATION_FAILED', 'body/remember'],
  ['an operator for a text', '/v1/sessions', post({ ...credentials, username: { $ne: null } }), 400, 'VALIDATION_FAILED', 'body/username'],
  ['an array for a text', '/v1/sessions', post({ ...credentials, password: ['a', 'b'] }), 400, 'VALIDATION_FAILED', 'body/password'],
  ['a number for a text', '/v1/sessions', post({ ...credentials, username: 7 }), 400, 'VALIDATION_FAILED', 'body/username'],
  ['a missing field', '/v1/sessions', post({ username: 'demo-user' }), 400, 'VALIDATION_FAILED', 'body/password'],
  ['an array for the body', '/v1/sessions', post([credentials]), 400, 'VALIDATION_FAILED', 'body'],
  ['null for the body', '/v1/sessions', post('null'), 400, 'VALIDATION_FAILED', 'body'],
  ['no body', '/v1/sessions', { method: 'POST' }, 400, 'VALIDATION_FAILED', 'body'],
  ['an empty body', '/v1/sessions', post(''), 400, 'BAD_REQUEST'],
  ['broken JSON', '/v1/sessions', post('{"username": "demo-user"'), 400, 'BAD_REQUEST'],
  ['a prototype for a field', '/v1/sessions', post('{"username":"a","password":"b","__proto__":{"admin":true}}'), 400, 'BAD_REQUEST'],
  ['a constructor for a field', '/v1/sessions', post('{"username":"a","password":"b","constructor":{"prototype":{"admin":true}}}'), 400, 'BAD_REQUEST'],
  ['a huge body', '/v1/sessions', post({ ...credentials, password: 'x'.repeat(200_000) }), 413, 'PAYLOAD_TOO_LARGE'],
  ['a long password', '/v1/sessions', post({ ...credentials, password: 'x'.repeat(129) }), 400, 'VALIDATION_FAILED', 'body/password'],
  ['a text for the body', '/v1/sessions', post('username=demo-user', { 'content-type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a form for the body', '/v1/sessions', post('username=demo-user', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a refresh token of another form', '/v1/sessions/refresh', post({ refresh_token: 'short' }), 400, 'VALIDATION_FAILED', 'body/refresh_token'],
  ['a username in upper case', '/v1/users', post({ username: 'Rami', password: 'a long password' }), 400, 'VALIDATION_FAILED', 'body/username'],
  ['a field that is not for users', '/v1/users', post({ username: 'rami', password: 'a long password', tier: 'admin' }), 400, 'VALIDATION_FAILED', 'body/tier'],
  ['limit 0', '/v1/signals?limit=0', {}, 400, 'VALIDATION_FAILED', 'query/limit'],
  ['limit 101', '/v1/signals?limit=101', {}, 400, 'VALIDATION_FAILED', 'query/limit'],
  ['a limit that is no number', '/v1/signals?limit=ten', {}, 400, 'VALIDATION_FAILED', 'query/limit'],
  ['a repeated parameter', '/v1/signals?limit=1&limit=2', {}, 400, 'VALIDATION_FAILED', 'query/limit'],
  ['an operator in the query', '/v1/signals?symbol[$ne]=BTCUSDT', {}, 400, 'VALIDATION_FAILED', 'query/symbol[$ne]'],
  ['an unknown parameter', '/v1/signals?page=2', {}, 400, 'VALIDATION_FAILED', 'query/page'],
  ['an unknown field name', '/v1/signals?fields=id,password_hash', {}, 400, 'VALIDATION_FAILED', 'query/fields'],
  ['a status that there is not', '/v1/signals?status=open', {}, 400, 'VALIDATION_FAILED', 'query/status'],
  ['a time that is none', '/v1/signals?from=yesterday', {}, 400, 'VALIDATION_FAILED', 'query/from'],
  ['a time that no clock shows', '/v1/signals?to=2016-12-31T23:59:60Z', {}, 400, 'BAD_REQUEST'],
  ['a broken cursor', '/v1/signals?cursor=nonsense', {}, 400, 'INVALID_CURSOR'],
  ['a cursor with other characters', '/v1/signals?cursor=%7B%7D', {}, 400, 'VALIDATION_FAILED', 'query/cursor'],
  ['a wrong id', '/v1/signals/123', {}, 400, 'VALIDATION_FAILED', 'params/id'],
  ['an id in upper case', `/v1/signals/${'F'.repeat(24)}`, {}, 400, 'VALIDATION_FAILED', 'params/id'],
  ['a malformed URL', '/v1/signals/%zz', {}, 400, 'BAD_REQUEST'],
  ['a part of a URL that is too long', `/v1/signals/${'f'.repeat(500)}`, {}, 414, 'URI_TOO_LONG'],
  ['an unknown URL', '/v1/coins', {}, 404, 'NOT_FOUND'],
  ['an unknown version', '/v2/signals', {}, 404, 'NOT_FOUND'],
  ['a wrong method', '/v1/signals', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED'],
  ['a broken token', '/v1/signals', { headers: { authorization: 'Bearer nonsense' } }, 401, 'UNAUTHENTICATED']
]

t.test('bad input gets problem details that say what is wrong', async (t) => {
  const { origin } = await listen(t)

  for (const [name, url, init, status, code, pointer] of CASES) {
    const response = await fetch(origin + url, init)
    const body = await response.text()
    t.equal(response.status, status, name)
    t.match(response.headers.get('content-type'), /^application\/problem\+json/, name)
    t.match(JSON.parse(body), { type: String, title: String, status, detail: String, instance: String, code, ...(pointer && { errors: [{ pointer }] }) }, name)
    t.notMatch(body, /node_modules|Error:|Mongo|\.ts:/, `${name}: nothing about the inside`)
    t.ok(body.length < 700, `${name}: no big input comes back`)
  }
})

t.test('bad input of those who are signed in is refused as well', async (t) => {
  const { fastify, origin, people: { user, analyst, admin } } = await listen(t)
  const { id } = await fastify.signals.create(analyst.caller, BUY)
  const patch = (body: unknown, headers: Record<string, string>) => ({ ...post(body, { ...JSON_TYPE, ...headers }), method: 'PATCH' })
  const analystPost = (body: unknown) => post(body, { ...JSON_TYPE, ...analyst.headers })
  const cases: Case[] = [
    ['a price as a number', '/v1/signals', analystPost({ ...BUY, entry: 60000 }), 400, 'VALIDATION_FAILED', 'body/entry'],
    ['a price with an exponent', '/v1/signals', analystPost({ ...BUY, entry: '6e4' }), 400, 'VALIDATION_FAILED', 'body/entry'],
    ['no targets', '/v1/signals', analystPost({ ...BUY, targets: [] }), 400, 'VALIDATION_FAILED', 'body/targets'],
    ['a target that is none', '/v1/signals', analystPost({ ...BUY, targets: ['61000', { $gt: 0 }] }), 400, 'VALIDATION_FAILED', 'body/targets/1'],
    ['a foreign analyst', '/v1/signals', analystPost({ ...BUY, analyst_id: 'f'.repeat(24) }), 400, 'VALIDATION_FAILED', 'body/analyst_id'],
    ['no changes', `/v1/signals/${id}`, patch({}, { ...analyst.headers, 'if-match': '*' }), 400, 'VALIDATION_FAILED', 'body'],
    ['a change of what is fixed', `/v1/signals/${id}`, patch({ symbol: 'ETHUSDT' }, { ...analyst.headers, 'if-match': '*' }), 400, 'VALIDATION_FAILED', 'body/symbol'],
    ['a change of the version', `/v1/signals/${id}`, patch({ version: 9 }, { ...analyst.headers, 'if-match': '*' }), 400, 'VALIDATION_FAILED', 'body/version'],
    ['a broken If-Match', `/v1/signals/${id}`, patch({ status: 'hit' }, { ...analyst.headers, 'if-match': '1' }), 400, 'BAD_REQUEST'],
    ['a tier for oneself', '/v1/users/me', patch({ tier: 'admin' }, user.headers), 400, 'VALIDATION_FAILED', 'body/tier'],
    ['a user that is no number', '/v1/users/abc', { headers: admin.headers }, 400, 'VALIDATION_FAILED', 'params/user_id'],
    ['a user beyond what numbers hold', '/v1/users/99999999999999999999', { headers: admin.headers }, 400, 'VALIDATION_FAILED', 'params/user_id'],
    ['a boolean that is none', '/v1/users?is_active=maybe', { headers: admin.headers }, 400, 'VALIDATION_FAILED', 'query/is_active']
  ]

  for (const [name, url, init, status, code, pointer] of cases) {
    const response = await fetch(origin + url, init)
    t.equal(response.status, status, name)
    t.match(await response.json(), { status, code, ...(pointer && { errors: [{ pointer }] }) }, name)
  }
})

t.test('the cursor of another list is refused', async (t) => {
  const { fastify, origin, people: { analyst } } = await listen(t)
  await fastify.signals.create(analyst.caller, BUY)
  await fastify.signals.create(analyst.caller, BUY)
  const page = await (await fetch(`${origin}/v1/signals?limit=1`)).json() as { next_cursor: string }

  t.equal((await fetch(`${origin}/v1/signals?limit=1&cursor=${page.next_cursor}`)).status, 200)
  for (const url of ['/v1/analysts?', '/v1/analysts?sort=-created_at&']) {
    const response = await fetch(`${origin}${url}cursor=${page.next_cursor}`)
    t.match(await response.json(), { status: 400, code: 'INVALID_CURSOR' }, url)
  }
})

t.test('what is no HTTP at all is answered and closed, and the server goes on', async (t) => {
  const { origin } = await listen(t)
  const socket = connect(Number(new URL(origin).port))
  socket.end('nonsense\r\n\r\n')

  t.match(await text(socket), /^HTTP\/1\.1 400 /)
  t.equal((await fetch(`${origin}/v1/signals`)).status, 200)
})
