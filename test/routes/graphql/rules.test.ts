import t from 'tap'
import { addPeople, BUY } from '../../people.ts'
import { buildGraphql, type Answer, type Connection } from './client.ts'

interface Created {
  createSignal: { id: string }
}

const code = ({ errors }: Answer<unknown>) => errors?.[0]?.extensions.code
const { stop_loss: stopLoss, ...rest } = BUY
const INPUT = { ...rest, side: 'BUY', stopLoss }
const CREATE = 'mutation ($input: CreateSignalInput!) { createSignal(input: $input) { id version status side entry targets stopLoss analyst { name } } }'
const UPDATE = 'mutation ($id: ID!, $version: Int, $input: UpdateSignalInput!) { updateSignal(id: $id, version: $version, input: $input) { version status stopLoss closedAt } }'
const PROFILE = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { username } }'

t.test('users are seen by themselves and admins; of others only what everybody may see', async (t) => {
  const { ask, fastify } = await buildGraphql(t)
  const { user, stranger, admin, analyst } = await addPeople(fastify)
  const query = `{ user(userId: "${user.user_id}") { username balance } }`

  t.match(await ask(query, { headers: user.headers }), { data: { user: { username: 'user', balance: '10000.000000' } }, errors: undefined })
  t.match(await ask(query, { headers: admin.headers }), { data: { user: { username: 'user' } }, errors: undefined })
  t.match(await ask(query, { headers: stranger.headers }), { data: { user: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  t.match(await ask(query), { data: { user: null }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  t.equal(code(await ask('{ me { userId } }')), 'UNAUTHENTICATED')
  t.equal(code(await ask('{ users { edges { node { userId } } } }')), 'UNAUTHENTICATED')
  t.equal(code(await ask('{ users { edges { node { userId } } } }', { headers: user.headers })), 'FORBIDDEN')
  t.match(await ask('{ users(isActive: true, first: 3) { edges { node { balance } } } }', { headers: admin.headers }), { data: { users: { edges: { length: 3 } } }, errors: undefined })

  const linked = (fields: string) => `{ analyst(id: "${analyst.analyst_id}") { user { userId username createdAt ${fields} } } }`
  t.match(await ask(linked('')), { data: { analyst: { user: { userId: String(analyst.user_id), username: 'analyst' } } }, errors: undefined })
  for (const field of ['tier', 'balance', 'isActive', 'subscriptionExpires', 'referredBy', 'referrer { userId }', 'stats { userId }', 'transactions { edges { cursor } }']) {
    const name = field.split(' ')[0] ?? ''
    t.match(await ask(linked(field), { headers: user.headers }), { data: { analyst: { user: { username: 'analyst', [name]: null } } }, errors: [{ path: ['analyst', 'user', name], extensions: { code: 'FORBIDDEN' } }] }, name)
    t.equal(code(await ask(linked(field))), 'UNAUTHENTICATED')
    t.equal((await ask(linked(field), { headers: analyst.headers })).errors, undefined)
  }
})

t.test('the ledger is the caller\'s own, for admins everybody\'s', async (t) => {
  const { ask, fastify } = await buildGraphql(t)
  const { user, stranger, admin } = await addPeople(fastify)
  const query = `{ transactions(userId: ${user.user_id}) { edges { cursor } } }`

  for (const { headers } of [user, admin]) t.strictSame(await ask(query, { headers }), { data: { transactions: { edges: [] } } })
  t.equal(code(await ask(query, { headers: stranger.headers })), 'NOT_FOUND')
  t.equal(code(await ask(query)), 'UNAUTHENTICATED')
})

t.test('active signals show their prices to subscribers, their analyst and admins', async (t) => {
  const { ask, fastify } = await buildGraphql(t)
  const people = await addPeople(fastify)
  const { data } = await ask<Created>(CREATE, { variables: { input: INPUT }, headers: people.analyst.headers })
  const query = `{ signal(id: "${data?.createSignal.id}") { symbol entry targets stopLoss } }`
  const seen = { symbol: 'BTCUSDT', entry: '60000', targets: ['61000.5', '62000'], stopLoss: '59000' }
  const hidden = { symbol: 'BTCUSDT', entry: null, targets: null, stopLoss: null }

  for (const name of ['subscriber', 'analyst', 'admin'] as const) t.strictSame((await ask(query, { headers: people[name].headers })).data?.signal, seen, name)
  for (const name of ['user', 'lapsed', 'rival'] as const) t.strictSame((await ask(query, { headers: people[name].headers })).data?.signal, hidden, name)
  t.strictSame((await ask(query)).data?.signal, hidden)
  t.strictSame((await ask<{ analyst: { signals: Connection<unknown> } }>(`{ analyst(id: "${people.analyst.analyst_id}") { signals { edges { node { symbol entry targets stopLoss } } } } }`)).data?.analyst.signals.edges, [{ node: hidden }])
})

t.test('analysts publish, change and close their signals, guarded by the version', async (t) => {
  const { ask, fastify } = await buildGraphql(t)
  const { analyst, rival, user } = await addPeople(fastify)
  const created = (await ask<Created>(CREATE, { variables: { input: INPUT }, headers: analyst.headers })).data?.createSignal
  t.match(created, { version: 1, status: 'ACTIVE', side: 'BUY', entry: '60000', targets: ['61000.5', '62000'], stopLoss: '59000', analyst: { name: 'analyst' } })
  const update = async (changes: object, headers: Record<string, string>, version?: number) => await ask(UPDATE, { variables: { id: created?.id, version, input: changes }, headers })

  t.match(await update({ stopLoss: '59500' }, analyst.headers, 1), { data: { updateSignal: { version: 2, stopLoss: '59500', closedAt: null } } })
  t.equal(code(await update({ stopLoss: '59600' }, analyst.headers, 1)), 'PRECONDITION_FAILED')
  t.equal(code(await update({ stopLoss: '59600' }, rival.headers)), 'FORBIDDEN')
  t.equal(code(await update({ stopLoss: '59600' }, {})), 'UNAUTHENTICATED')
  t.equal(code(await update({}, analyst.headers)), 'VALIDATION_FAILED')
  t.equal(code(await update({ targets: [] }, analyst.headers)), 'VALIDATION_FAILED')
  t.equal(code(await update({ targets: ['1'] }, analyst.headers)), 'INVALID_PRICES')
  t.match(await update({ status: 'HIT', stopLoss: null }, analyst.headers), { data: { updateSignal: { version: 3, status: 'HIT', closedAt: /^20/ } } })
  t.equal(code(await update({ stopLoss: '59600' }, analyst.headers)), 'SIGNAL_CLOSED')
  t.equal(code(await ask(UPDATE, { variables: { id: '0'.repeat(24), input: { status: 'HIT' } }, headers: analyst.headers })), 'NOT_FOUND')

  t.equal(code(await ask(CREATE, { variables: { input: INPUT }, headers: user.headers })), 'FORBIDDEN')
  t.equal(code(await ask(CREATE, { variables: { input: INPUT } })), 'UNAUTHENTICATED')
  t.equal(code(await ask(CREATE, { variables: { input: { ...INPUT, stopLoss: '70000' } }, headers: analyst.headers })), 'INVALID_PRICES')
  for (const change of [{ entry: { $ne: '1' } }, { entry: 1 }, { side: 'buy' }, { secret: '1' }, { symbol: ['BTCUSDT'] }]) {
    t.equal(code(await ask(CREATE, { variables: { input: { ...INPUT, ...change } }, headers: analyst.headers })), 'BAD_USER_INPUT', JSON.stringify(change))
  }
  const literal = 'mutation { createSignal(input: { symbol: "BTCUSDT", side: SELL, entry: "10", targets: ["9.5", 9], stopLoss: "11" }) { id } }'
  t.equal(code(await ask(literal, { headers: analyst.headers })), 'GRAPHQL_VALIDATION_FAILED')
  t.match(await ask(literal.replace(', 9', ''), { headers: analyst.headers }), { data: { createSignal: { id: String } } })
})

t.test('users change their own name and password', async (t) => {
  const { ask, fastify } = await buildGraphql(t)
  const { user } = await addPeople(fastify)
  const change = async (input: object, headers = {}) => await ask(PROFILE, { variables: { input }, headers })

  t.match(await change({ username: 'renamed' }, user.headers), { data: { updateProfile: { username: 'renamed' } } })
  t.equal(code(await change({ username: 'stranger' }, user.headers)), 'USERNAME_TAKEN')
  t.equal(code(await change({ password: 'a new password', currentPassword: 'wrong' }, user.headers)), 'WRONG_PASSWORD')
  t.match(await change({ password: 'a new password', currentPassword: 'demo-password' }, user.headers), { data: { updateProfile: { username: 'renamed' } } })
  t.match((await change({ password: 'short', currentPassword: 'x' }, user.headers)).errors, [{ extensions: { code: 'VALIDATION_FAILED', errors: [{ pointer: 'arguments/password' }] } }])
  t.match((await change({ currentPassword: 'x' }, user.headers)).errors, [{ extensions: { code: 'VALIDATION_FAILED' } }])
  t.equal(code(await change({ username: 'other' })), 'UNAUTHENTICATED')
})
