import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople, BUY } from '../people.ts'

/** The keys are the analyst's. */
const ROLES = ['anonymous', 'stranger', 'user', 'subscriber', 'analyst', 'rival', 'admin', 'readKey', 'tradeKey', 'revokedKey', 'expiredKey'] as const
type Role = typeof ROLES[number]
type Of<T> = Record<Role, T>
const PEOPLE = ROLES.slice(1, 7)
const KEYS = ROLES.slice(7, 9)
const BAD_KEYS = ROLES.slice(9)

const all = <T>(roles: readonly Role[], value: T) => Object.fromEntries(roles.map((role) => [role, value])) as Of<T>

/** The same for everybody: the route does not look at credentials. */
const everybody = <T>(value: T): Of<T> => all(ROLES, value)
/** For anonymous requests too, but bad credentials are refused. */
const optional = (value: number): Of<number> => ({ ...everybody(value), ...all(BAD_KEYS, 401) })
/** What each may read; keys as their user. */
const reads = (value: number, own: Partial<Of<number>> = {}): Of<number> =>
  ({ ...everybody(401), ...all([...PEOPLE, ...KEYS], own.analyst ?? value), ...all(PEOPLE, value), ...own })
/** What each may write; keys nothing unless told. */
const writes = (value: number, own: Partial<Of<number>> = {}): Of<number> =>
  ({ ...everybody(401), ...all(PEOPLE, value), ...all(KEYS, 403), ...own })

interface Row {
  url?: string
  payload?: object
  statuses: Of<number>
}

/** Role × operation: every route of the API has a row. */
function tableOf ({ user, analyst, signal }: { user: string, analyst: string, signal: string }): Record<string, Row> {
  const mine = reads(404, { user: 200, admin: 200 })
  const exports = { ...reads(403), admin: 200 }
  const nothing = '0'.repeat(24)
  return {
    'POST /v1/sessions': { statuses: everybody(201), payload: { username: 'stranger', password: 'demo-password' } },
    'POST /v1/sessions/refresh': { statuses: everybody(401), payload: { refresh_token: 'x'.repeat(67) } },
    'DELETE /v1/sessions': { statuses: writes(204) },
    'POST /v1/users': { statuses: everybody(422), payload: { username: 'new', password: 'a long password', referred_by: 1 } },
    'GET /v1/users': { statuses: { ...reads(403), admin: 200 } },
    'GET /v1/users/me': { statuses: reads(200) },
    'PATCH /v1/users/me': { statuses: writes(403), payload: { password: 'a new password', current_password: 'not the current one' } },
    'GET /v1/users/me/stats': { statuses: reads(200) },
    'GET /v1/users/me/transactions': { statuses: reads(200) },
    'GET /v1/users/me/referrals': { statuses: reads(200) },
    'GET /v1/users/me/transactions.csv': { url: '/v1/users/me/transactions.csv?month=2026-11', statuses: reads(200) },
    'GET /v1/users/:user_id': { url: `/v1/users/${user}`, statuses: mine },
    'GET /v1/users/:user_id/stats': { url: `/v1/users/${user}/stats`, statuses: mine },
    'GET /v1/users/:user_id/transactions': { url: `/v1/users/${user}/transactions`, statuses: mine },
    'GET /v1/transactions': { url: `/v1/transactions?user_id=${user}`, statuses: mine },
    'GET /v1/analysts': { statuses: everybody(200) },
    'GET /v1/analysts/:id': { url: `/v1/analysts/${analyst}`, statuses: everybody(200) },
    'GET /v1/analysts/:id/signals': { url: `/v1/analysts/${analyst}/signals`, statuses: optional(200) },
    'POST /v1/analysts': { statuses: writes(403, { admin: 422 }), payload: { user_id: 1, name: 'Nobody' } },
    'PATCH /v1/analysts/:id': { url: `/v1/analysts/${analyst}`, statuses: writes(403, { admin: 200 }), payload: { rank: 99 } },
    'GET /v1/signals': { statuses: optional(200) },
    'GET /v1/signals/:id': { url: `/v1/signals/${signal}`, statuses: optional(200) },
    'POST /v1/signals': { statuses: writes(403, { analyst: 201, rival: 201, tradeKey: 201 }), payload: BUY },
    'PATCH /v1/signals/:id': { url: `/v1/signals/${signal}`, statuses: writes(403, { analyst: 200, tradeKey: 200 }), payload: { stop_loss: '59500' } },
    'POST /v1/payments/callbacks/:provider': { url: '/v1/payments/callbacks/nobody', statuses: everybody(404), payload: {} },
    'GET /v1/payments': { url: `/v1/payments?user_id=${user}`, statuses: mine },
    'GET /v1/admin/payment-events': { statuses: { ...reads(403), admin: 200 } },
    'GET /v1/admin/payment-events/:id': { url: '/v1/admin/payment-events/acme.evt_1', statuses: { ...reads(403), admin: 404 } },
    'POST /v1/admin/adjustments': { statuses: writes(403, { admin: 404 }), payload: { user_id: 1, amount: '5.000000', reason: 'nobody' } },
    'POST /v1/withdrawals': { statuses: writes(503), payload: { amount: '20.000000', wallet_address: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', network: 'ERC20' } },
    'GET /v1/withdrawals': { url: `/v1/withdrawals?user_id=${user}`, statuses: mine },
    'GET /v1/withdrawals/:id': { url: `/v1/withdrawals/${nothing}`, statuses: reads(404) },
    'POST /v1/withdrawals/:id/cancel': { url: `/v1/withdrawals/${nothing}/cancel`, statuses: writes(404) },
    'POST /v1/admin/withdrawals/:id/resolution': { url: `/v1/admin/withdrawals/${nothing}/resolution`, statuses: writes(403, { admin: 404 }), payload: { outcome: 'paid', note: 'by phone' } },
    'GET /v1/ops/stream': { url: '/v1/ops/stream?snapshots=1', statuses: { ...reads(403), admin: 200 } },
    'POST /v1/ops/queues/session': { statuses: writes(403, { admin: 404 }) },
    'GET /v1/admin/jobs': { statuses: { ...reads(403), admin: 200 } },
    'GET /v1/admin/jobs/:id': { url: `/v1/admin/jobs/${nothing}`, statuses: { ...reads(403), admin: 404 } },
    'POST /v1/admin/jobs/:id/retry': { url: `/v1/admin/jobs/${nothing}/retry`, statuses: writes(403, { admin: 404 }) },
    'DELETE /v1/admin/jobs/:id': { url: `/v1/admin/jobs/${nothing}`, statuses: writes(403, { admin: 404 }) },
    'GET /v1/subscriptions/plans': { statuses: everybody(200) },
    'POST /v1/subscriptions': { statuses: writes(201), payload: { plan: 'vip', months: 1 } },
    'GET /v1/exports/users.ndjson': { statuses: exports },
    'GET /v1/exports/users.csv': { statuses: exports },
    'GET /v1/exports/transactions.ndjson': { statuses: exports },
    'GET /v1/exports/transactions.csv': { statuses: exports },
    'GET /v1/exports/signals.ndjson': { statuses: exports },
    'GET /v1/exports/signals.csv': { statuses: exports },
    'GET /v1/audit-log': { statuses: { ...reads(403), admin: 200 } },
    'POST /v1/api-keys': { statuses: writes(422, { admin: 403 }), payload: { name: 'a', scope: 'read', expires_at: '2020-01-01T00:00:00Z' } },
    'GET /v1/api-keys': { statuses: writes(200) },
    'DELETE /v1/api-keys/:id': { url: `/v1/api-keys/${nothing}`, statuses: writes(404) },
    'POST /v1/withdrawal-addresses': { statuses: writes(422), payload: { network: 'ERC20', address: '0x1', label: 'no address' } },
    'GET /v1/withdrawal-addresses': { statuses: reads(200) },
    'DELETE /v1/withdrawal-addresses/:id': { url: `/v1/withdrawal-addresses/${nothing}`, statuses: writes(404) },
    'GET /v1/limits': { statuses: optional(200) },
    'GET /v1/market/prices': { url: '/v1/market/prices?symbols=BTCUSDT', statuses: everybody(503) },
    'GET /v1/market/trending': { statuses: everybody(503) },
    'GET /v1/market/:symbol/candles': { url: '/v1/market/BTCUSDT/candles', statuses: everybody(503) }
  }
}

interface Field {
  query: string
  codes: Of<string | null>
}

const UNKNOWN = all(['anonymous', ...BAD_KEYS], 'UNAUTHENTICATED' as const)
const fieldOf = (query: string, other: string | null, own: Partial<Of<string | null>> = {}): Field =>
  ({ query, codes: { ...everybody<string | null>(other), ...UNKNOWN, ...own } })
const open = (query: string, code: string | null = null) => fieldOf(query, code, { anonymous: code })

/** The same for every field of GraphQL's roots. */
function fieldsOf ({ user, analyst, signal }: { user: string, analyst: string, signal: string }): Record<string, Field> {
  const created = '{ symbol: "BTCUSDT", side: BUY, entry: "60000", targets: ["61000"], stopLoss: "59000" }'
  const scoped = all(KEYS, 'INSUFFICIENT_SCOPE')
  const publishing = { analyst: null, readKey: 'INSUFFICIENT_SCOPE', tradeKey: null }
  return {
    me: fieldOf('{ me { userId } }', null),
    user: fieldOf(`{ user(userId: "${user}") { userId } }`, 'NOT_FOUND', { user: null, admin: null }),
    users: fieldOf('{ users { edges { cursor } } }', 'FORBIDDEN', { admin: null }),
    analyst: open(`{ analyst(id: "${analyst}") { name } }`),
    analysts: open('{ analysts { edges { cursor } } }'),
    topAnalysts: open('{ topAnalysts { name } }'),
    signal: open(`{ signal(id: "${signal}") { symbol } }`),
    signals: open('{ signals { edges { cursor } } }'),
    transactions: fieldOf(`{ transactions(userId: "${user}") { edges { cursor } } }`, 'NOT_FOUND', { user: null, admin: null }),
    marketPrices: open('{ marketPrices(symbols: ["BTCUSDT"]) { symbol } }', 'MARKET_DATA_UNAVAILABLE'),
    trending: open('{ trending { symbol } }', 'MARKET_DATA_UNAVAILABLE'),
    candles: open('{ candles(symbol: "BTCUSDT") { symbol } }', 'MARKET_DATA_UNAVAILABLE'),
    createSignal: fieldOf(`mutation { createSignal(input: ${created}) { id } }`, 'FORBIDDEN', { ...publishing, rival: null }),
    updateSignal: fieldOf(`mutation { updateSignal(id: "${signal}", input: { stopLoss: "59500" }) { id } }`, 'FORBIDDEN', publishing),
    updateProfile: fieldOf('mutation { updateProfile(input: { password: "a new password", currentPassword: "not the current one" }) { userId } }', 'WRONG_PASSWORD', scoped),
    addWithdrawalAddress: fieldOf('mutation { addWithdrawalAddress(input: { network: ERC20, address: "0x1", label: "no address" }) { id } }', 'ADDRESS_CHECKSUM', scoped),
    removeWithdrawalAddress: fieldOf(`mutation { removeWithdrawalAddress(id: "${'0'.repeat(24)}") }`, 'NOT_FOUND', scoped),
    createAdjustment: fieldOf('mutation { createAdjustment(input: { userId: 1, amount: "5.000000", reason: "nobody" }) { id } }', 'FORBIDDEN', { ...scoped, admin: 'NOT_FOUND' }),
    createSubscription: fieldOf('mutation { createSubscription(input: { plan: VIP, months: 1 }) { transactionId } }', null, scoped),
    withdrawal: fieldOf(`{ withdrawal(id: "${'0'.repeat(24)}") { id } }`, 'NOT_FOUND'),
    createWithdrawal: fieldOf('mutation { createWithdrawal(input: { amount: "20.000000", walletAddress: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", network: ERC20 }) { id } }', 'WITHDRAWALS_UNAVAILABLE', scoped),
    cancelWithdrawal: fieldOf(`mutation { cancelWithdrawal(id: "${'0'.repeat(24)}") { id } }`, 'NOT_FOUND', scoped),
    resolveWithdrawal: fieldOf(`mutation { resolveWithdrawal(id: "${'0'.repeat(24)}", input: { outcome: PAID, note: "by phone" }) { id } }`, 'FORBIDDEN', { ...scoped, admin: 'NOT_FOUND' }),
    subscriptionPlans: open('{ subscriptionPlans { plan monthlyPrice } }')
  }
}

/** The headers of each role. */
async function credentialsOf (fastify: FastifyInstance, people: Awaited<ReturnType<typeof addPeople>>): Promise<Of<Record<string, string>>> {
  const { apiKeys } = fastify
  const { caller } = people.analyst
  const create = async (scope: 'read' | 'trade', end?: string) => {
    const { id, key } = await apiKeys.create(caller, { name: 'key', scope, ...(end !== undefined && { expires_at: end }) })
    return { id, headers: { 'x-api-key': key } }
  }
  const revoked = await create('trade')
  await apiKeys.revoke(caller, revoked.id)
  const expired = await create('trade', new Date(Date.now() + 60_000).toISOString())
  await fastify.documents.collection('api_keys').updateOne({ expires_at: { $ne: null } }, { $set: { expires_at: new Date(0) } })
  const [read, trade] = [await create('read'), await create('trade')]
  const tokens = Object.fromEntries(PEOPLE.map((role): [string, Record<string, string>] => [role, people[role as keyof typeof people].headers])) as Of<Record<string, string>>
  return { ...tokens, anonymous: {}, readKey: read.headers, tradeKey: trade.headers, revokedKey: revoked.headers, expiredKey: expired.headers }
}

async function build (test: Test) {
  const routes: string[] = []
  const fastify = await buildApp(test, {
    prepare: (server) => { server.addHook('onRoute', ({ method, url }) => { routes.push(...[method].flat().map((name) => `${name} ${url}`)) }) }
  })
  const people = await addPeople(fastify)
  const headers = await credentialsOf(fastify, people)
  const { id: signal } = await fastify.signals.create(people.analyst.caller, BUY)
  return { fastify, routes, headers, names: { user: String(people.user.user_id), analyst: people.analyst.analyst_id, signal } }
}

t.test('who may do what by REST: every route has its row', async (t) => {
  const { fastify, routes, headers, names } = await build(t)
  const table = tableOf(names)
  const api = routes.filter((route) => route.includes(' /v1') && !route.startsWith('HEAD '))
  t.strictSame([...new Set(api)].sort(), Object.keys(table).sort(), 'a new route needs a row here')

  for (const [operation, { url, payload, statuses }] of Object.entries(table)) {
    const [method = '', pattern = ''] = operation.split(' ')
    for (const role of ROLES) {
      const sent = { ...headers[role], 'if-match': '*', 'idempotency-key': `table-${operation.replace(/\W/g, '-')}` }
      const response = await fastify.inject({ method: method as 'GET', url: url ?? pattern, headers: sent, ...(payload && { payload }) })
      t.equal(response.statusCode, statuses[role], `${operation} by ${role}`)
    }
  }
})

t.test('what is not below /v1 has nothing of anybody', async (t) => {
  const { routes } = await build(t)
  const others = routes.filter((route) => !route.includes(' /v1'))
  const known = /^(GET|HEAD|POST) \/(docs.*|openapi\.json|healthz|readyz|metrics|graphiql.*|ops|ops\/[\w-]+\.(js|css|svg)|ops\/queues(\/\*)?|graphql)?$/

  t.strictSame(others.filter((route) => !known.test(route)), [])
})

t.test('who may do what by GraphQL: every field of the roots has its row', async (t) => {
  const { fastify, headers, names } = await build(t)
  const table = fieldsOf(names)
  const ask = (query: string, role: Role, key = 'none') => fastify.inject({ method: 'POST', url: '/graphql', headers: { ...headers[role], 'idempotency-key': key }, payload: { query } })
  const { data } = (await ask('{ __schema { queryType { fields { name } } mutationType { fields { name } } } }', 'anonymous'))
    .json<{ data: { __schema: Record<'queryType' | 'mutationType', { fields: { name: string }[] }> } }>()
  const { queryType, mutationType } = data.__schema
  t.strictSame([...queryType.fields, ...mutationType.fields].map(({ name }) => name).sort(), Object.keys(table).sort(), 'a new field needs a row here')

  for (const [name, { query, codes }] of Object.entries(table)) {
    for (const role of ROLES) {
      const { errors } = (await ask(query, role, name)).json<{ errors?: { extensions: { code: string } }[] }>()
      t.equal(errors?.[0]?.extensions.code ?? null, codes[role], `${name} by ${role}`)
    }
  }
})
