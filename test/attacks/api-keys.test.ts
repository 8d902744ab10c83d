import t from 'tap'
import { addPeople, BUY } from '../people.ts'
import { startTarget, type Attack, type Seen } from './server.ts'

const CREATE = { name: 'bot', scope: 'read' }
const PROFILE = { query: 'mutation { updateProfile(input: { username: "taken-over" }) { username } }' }
const SIGNAL = {
  query: 'mutation ($input: CreateSignalInput!) { createSignal(input: $input) { id } }',
  variables: { input: { symbol: 'BTCUSDT', side: 'BUY', entry: '60000', targets: ['61000'], stopLoss: '59000' } }
}
const post = (headers: Attack['headers'], body: unknown): Attack => ({ method: 'POST', headers: headers ?? {}, body })
const is = (seen: Seen) => [seen.status, seen.code]

t.test('a leaked key does not take over the account', async (t) => {
  const { fastify, attack } = await startTarget(t)
  const { analyst, admin, user } = await addPeople(fastify)
  const keyOf = async (scope: string, headers: Attack['headers'] = analyst.headers) => {
    const { body } = await attack('/v1/api-keys', post(headers, { name: scope, scope }))
    return { id: String(body.id), text: String(body.key), headers: { 'x-api-key': String(body.key) } }
  }
  const read = await keyOf('read')
  const trade = await keyOf('trade')
  const REFUSED = [403, 'INSUFFICIENT_SCOPE']

  for (const [name, { headers, id }] of Object.entries({ read, trade })) {
    t.strictSame(is(await attack('/v1/users/me', { headers })), [200, undefined], `${name}: reads its user`)
    t.strictSame(is(await attack('/v1/api-keys', post(headers, CREATE))), REFUSED, `${name}: makes no key`)
    t.strictSame(is(await attack('/v1/api-keys', { headers })), REFUSED, `${name}: sees no keys`)
    t.strictSame(is(await attack(`/v1/api-keys/${id}`, { method: 'DELETE', headers })), REFUSED, `${name}: revokes no key`)
    t.strictSame(is(await attack('/v1/users/me', { method: 'PATCH', headers, body: { username: 'taken-over' } })), REFUSED, `${name}: changes no profile`)
    t.strictSame(is(await attack('/v1/sessions', { method: 'DELETE', headers })), REFUSED, `${name}: ends no session`)
    t.strictSame(is(await attack('/v1/users', { headers })), REFUSED, `${name}: is no admin`)
    t.strictSame(is(await attack('/graphql', post(headers, PROFILE))), [200, 'INSUFFICIENT_SCOPE'], `${name}: nor by GraphQL`)
  }
  t.strictSame(is(await attack('/v1/signals', post(read.headers, BUY))), REFUSED, 'a read key publishes nothing')
  t.strictSame(is(await attack('/graphql', post(read.headers, SIGNAL))), [200, 'INSUFFICIENT_SCOPE'], 'nor by GraphQL')
  t.strictSame(is(await attack('/v1/signals', post(trade.headers, BUY))), [201, undefined])
  t.strictSame(is(await attack('/graphql', post(trade.headers, SIGNAL))), [200, undefined])
  t.strictSame(is(await attack('/v1/api-keys', post(admin.headers, CREATE))), [403, 'FORBIDDEN'], 'admins have none')

  const promoted = await keyOf('trade', user.headers)
  await fastify.usersRepository.update(user.user_id, { tier: 'admin' })
  t.strictSame(is(await attack('/v1/users', { headers: promoted.headers })), [401, 'UNAUTHENTICATED'], 'nor has who becomes one')
})

t.test('keys that are none are all the same 401, and two credentials are one too many', async (t) => {
  const { fastify, attack } = await startTarget(t)
  const { user, stranger } = await addPeople(fastify)
  const { body: { id, key } } = await attack('/v1/api-keys', post(user.headers, CREATE))
  const text = String(key)
  const bad: Record<string, string | string[]> = {
    empty: '',
    nonsense: 'nonsense',
    'a token': user.headers.authorization,
    'one character changed': text.replace(/.$/, (last) => last === 'A' ? 'B' : 'A'),
    'other letters': text.toUpperCase(),
    'sent twice': [text, text],
    'an operator': '{"$ne":null}',
    'very long': 'sahm_'.repeat(1000)
  }
  for (const [name, value] of Object.entries(bad)) {
    for (const url of ['/v1/users/me', '/v1/signals']) {
      const seen = await attack(url, { headers: { 'x-api-key': value } })
      t.strictSame(is(seen), [401, 'UNAUTHENTICATED'], `${name} at ${url}`)
      t.equal(seen.body.detail, 'The API key is unknown, revoked or expired')
    }
  }
  t.strictSame(is(await attack('/v1/users/me', { headers: { ...user.headers, 'x-api-key': text } })), [400, 'BAD_REQUEST'])
  t.strictSame(is(await attack(`/v1/users/me?x-api-key=${text}`)), [401, 'UNAUTHENTICATED'], 'a key in a URL, where logs see it, counts for nothing')
  t.strictSame(is(await attack(`/v1/api-keys/${String(id)}`, { method: 'DELETE', headers: stranger.headers })), [404, 'NOT_FOUND'], "another's key is not there")
  t.strictSame(is(await attack('/v1/users/me', { headers: { 'x-api-key': text } })), [200, undefined])

  t.strictSame(is(await attack(`/v1/api-keys/${String(id)}`, { method: 'DELETE', headers: user.headers })), [204, undefined])
  t.strictSame(is(await attack('/v1/users/me', { headers: { 'x-api-key': text } })), [401, 'UNAUTHENTICATED'], 'revoked')
  t.strictSame((await attack('/v1/api-keys', { headers: user.headers })).body, { data: [], next_cursor: null })
})

t.test('answers to keys are private, and no anonymous answer is mistaken for one', async (t) => {
  const { fastify, attack } = await startTarget(t)
  const { subscriber, analyst } = await addPeople(fastify)
  const { id } = await fastify.signals.create(analyst.caller, BUY)
  const created = await attack('/v1/api-keys', post(subscriber.headers, CREATE))
  t.equal(created.headers['cache-control'], 'no-store')
  const headers = { 'x-api-key': String(created.body.key) }

  const order = [{ headers }, {}, { headers }, {}, {}, { headers }]
  for (const [turn, sent] of order.entries()) {
    const { body, headers: { 'cache-control': cacheControl, vary } } = await attack(`/v1/signals/${id}`, sent)
    const isKnown = 'headers' in sent
    t.equal(body.entry, isKnown ? '60000' : null, `turn ${turn}`)
    t.match(cacheControl, isKnown ? /^private/ : /^public/)
    t.match(vary, /X-API-Key/)
  }
  const graphql = await attack('/graphql?query=%7BtopAnalysts%7Bname%7D%7D', { headers })
  t.match(graphql.headers['cache-control'], /^private/)
})

t.test('no more keys than allowed, and none with what a client may not say', async (t) => {
  const { fastify, attack } = await startTarget(t)
  const { user } = await addPeople(fastify)
  const bad = [{ ...CREATE, scope: 'full' }, { ...CREATE, scope: 'admin' }, { ...CREATE, user_id: 1 }, { ...CREATE, name: { $gt: '' } }, { ...CREATE, expires_at: 'soon' }, { name: 'a' }]
  for (const body of bad) t.strictSame(is(await attack('/v1/api-keys', post(user.headers, body))), [400, 'VALIDATION_FAILED'], JSON.stringify(body))
  t.strictSame(is(await attack('/v1/api-keys', post(user.headers, { ...CREATE, expires_at: '2020-01-01T00:00:00Z' }))), [422, 'INVALID_EXPIRY'])

  const made = await Promise.all(Array.from({ length: 25 }, () => attack('/v1/api-keys', post(user.headers, CREATE))))
  t.equal(made.filter(({ status }) => status === 201).length, 20)
  t.strictSame(made.filter(({ status }) => status !== 201).map(is), Array(5).fill([409, 'TOO_MANY_API_KEYS']))
})
