import t from 'tap'
import type { Signal } from '../../../schemas/signals.ts'
import type { Transaction } from '../../../schemas/transactions.ts'
import { addPeople } from '../../people.ts'
import { buildGraphql, fillLedger, fillMarket, type Connection } from './client.ts'

type Nodes = Connection<unknown>
type Ids = Connection<{ id: string }>

interface List<T> {
  data: T[]
  next_cursor: string | null
}

const UPPER_CASE = ['kind', 'side', 'status', 'tier']
const NUMBERS_OF_USERS = ['referred_by', 'user_id']

/** An object of REST as GraphQL names and writes its values. */
function toGraphql (presented: object = {}): object {
  return Object.fromEntries(Object.entries(presented).map(([name, value]: [string, unknown]) => {
    const isId = NUMBERS_OF_USERS.includes(name) && typeof value === 'number'
    const isName = UPPER_CASE.includes(name) && typeof value === 'string'
    const shown = isName ? value.toUpperCase() : value
    return [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), isId ? String(value) : shown]
  }))
}

t.test('every field of the schema answers as REST does', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { admin, user, analyst } = await addPeople(fastify)
  const { people: [first] } = await fillMarket(fastify, { count: 1 })
  await fillLedger(fastify, user.user_id, 1)
  const get = async <T = object>(path: string, headers: Record<string, string> = {}) => (await fastify.inject({ method: 'GET', url: `/v1${path}`, headers })).json<T>()
  const id = first?._id.toHexString()
  const [signal] = (await get<List<Signal>>(`/signals?analyst_id=${id}&status=hit`)).data
  const [entry] = (await get<List<Transaction>>(`/transactions?user_id=${user.user_id}`, admin.headers)).data
  const expected = {
    me: { ...toGraphql(await get('/users/me', admin.headers)), referrer: null, stats: toGraphql(await get('/users/me/stats', admin.headers)) },
    user: toGraphql(await get(`/users/${user.user_id}`, admin.headers)),
    analyst: toGraphql(await get(`/analysts/${id}`)),
    signals: { edges: [{ node: toGraphql(signal) }] },
    transactions: { edges: [{ node: toGraphql(entry) }] }
  }
  const USER = 'userId username createdAt tier balance isActive subscriptionExpires referredBy'

  for (const round of [1, 2, 3]) {
    const { data } = await ask(`query ($id: ID!, $user: ID!) {
      me { ${USER} referrer { userId } stats { userId transactionCount totalReferralEarnings } }
      user(userId: $user) { ${USER} }
      analyst(id: $id) { id userId name bio rank isActive createdAt }
      signals(analystId: $id, status: HIT) { edges { node { id analystId symbol side entry targets stopLoss status version createdAt closedAt } } }
      transactions(userId: $user) { edges { node { id userId kind amount status reference createdAt } } }
    }`, { variables: { id, user: String(user.user_id) }, headers: admin.headers })
    t.strictSame(data, expected, `round ${round}`)
  }
  t.match(await ask('{ user(userId: 4096) { username } signal(id: "000000000000000000000000") { id analyst { id } } }', { headers: admin.headers }), { data: { user: null, signal: null } })
  t.match(await ask(`{ analyst(id: "${analyst.analyst_id}") { signals { edges { node { id } } pageInfo { startCursor endCursor hasPreviousPage } } } }`), { data: { analyst: { signals: { edges: [], pageInfo: { startCursor: null, endCursor: null, hasPreviousPage: false } } } } })
})

t.test('lists are filtered, sorted and limited as in REST', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { people, signals } = await fillMarket(fastify, { count: 10 })
  const names = async (query: string) => (await ask<{ list: Connection<{ name: string }> }>(query)).data?.list.edges.map(({ node }) => node.name)
  const count = async (filter: string) => (await ask<{ list: Nodes }>(`{ list: signals(first: 100, ${filter}) { edges { cursor } } }`)).data?.list.edges.length

  t.strictSame(await names('{ list: analysts(first: 2) { edges { node { name } } } }'), ['Analyst 9', 'Analyst 8'])
  t.strictSame(await names('{ list: analysts(first: 2, sort: NEWEST, active: true) { edges { node { name } } } }'), ['Analyst 8', 'Analyst 7'])
  t.strictSame(await names('{ list: analysts(first: 2, sort: RANK, active: false, after: null) { edges { node { name } } } }'), ['Analyst 9', 'Analyst 4'])
  t.match(await ask('{ topAnalysts(first: 2) { name } }'), { data: { topAnalysts: [{ name: 'Analyst 8' }, { name: 'Analyst 7' }] } })
  t.equal(await count(`analystId: "${people[0]?._id.toHexString()}"`), 3)
  t.equal(await count('symbol: "BTCUSDT", status: HIT'), 5)
  t.equal(await count(`from: "${signals[10]?.created_at.toISOString()}", to: "${signals[12]?.created_at.toISOString()}"`), 2)
  t.equal((await ask<{ signals: Nodes }>('{ signals { edges { cursor } } }')).data?.signals.edges.length, 20, 'the default of the page size')
})

t.test('cursors lead through a list, the same in REST and GraphQL', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { signals } = await fillMarket(fastify, { count: 2, each: 5 })
  const query = 'query ($after: String) { signals(first: 4, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }'
  const seen: string[] = []
  let after: string | null = null
  do {
    const { data }: { data?: { signals: Ids } } = await ask(query, { variables: { after } })
    const edges = data?.signals.edges ?? []
    const rest: List<Signal> = (await fastify.inject(`/v1/signals?limit=4${after === null ? '' : `&cursor=${after}`}`)).json()
    t.strictSame(data?.signals.pageInfo, { hasNextPage: rest.next_cursor !== null, hasPreviousPage: false, startCursor: edges.at(0)?.cursor, endCursor: edges.at(-1)?.cursor })
    t.ok(rest.next_cursor === null || rest.next_cursor === edges.at(-1)?.cursor)
    seen.push(...edges.map(({ node }) => node.id))
    after = rest.next_cursor
  } while (after !== null)

  t.strictSame(seen, signals.map(({ _id }) => _id.toHexString()).reverse())
})

t.test('the signals of an analyst are read page by page', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { people, signals } = await fillMarket(fastify, { count: 2, each: 5 })
  const query = 'query ($id: ID!, $after: String) { analyst(id: $id) { signals(first: 2, after: $after) { edges { node { id } } pageInfo { endCursor } } } }'
  const id = people[1]?._id.toHexString()
  const read = async (after?: string | null) => (await ask<{ analyst: { signals: Ids } }>(query, { variables: { id, after } })).data?.analyst.signals
  const second = await read((await read())?.pageInfo.endCursor)

  t.strictSame(second?.edges, [5, 3].map((index) => ({ node: { id: signals[index]?._id.toHexString() } })))
})

t.test('a user\'s own ledger is read page by page', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { user } = await addPeople(fastify)
  await fillLedger(fastify, user.user_id, 3)
  const query = 'query ($after: String) { me { transactions(first: 2, after: $after) { edges { node { reference } } pageInfo { hasNextPage endCursor } } } }'
  const read = async (after?: string | null) => (await ask<{ me: { transactions: Nodes } }>(query, { headers: user.headers, variables: { after } })).data?.me.transactions
  const first = await read()
  const second = await read(first?.pageInfo.endCursor)

  t.strictSame(first?.edges, [{ node: { reference: 'entry-2' } }, { node: { reference: 'entry-1' } }])
  t.match(second, { edges: [{ node: { reference: 'entry-0' } }], pageInfo: { hasNextPage: false } })
  t.match(await ask('{ transactions { edges { node { reference user { username } } } } }', { headers: user.headers }), { data: { transactions: { edges: { length: 3, 0: { node: { user: { username: 'user' } } } } } } })
})

t.test('bad arguments are refused with the codes of REST', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  await fillMarket(fastify, { count: 1 })
  const other = (await ask<{ analysts: Nodes }>('{ analysts(first: 1, sort: NEWEST) { edges { cursor } } }')).data?.analysts.edges[0]?.cursor
  const fields: Array<[string, string, unknown?]> = [
    ['signals(first: 0) { edges { cursor } }', 'VALIDATION_FAILED', [{ pointer: 'arguments/first', message: 'must be >= 1' }]],
    ['trending(limit: 51) { symbol }', 'VALIDATION_FAILED', [{ pointer: 'arguments/limit', message: 'must be <= 50' }]],
    ['topAnalysts(first: 51) { id }', 'VALIDATION_FAILED'],
    ['signals(after: "!") { edges { cursor } }', 'VALIDATION_FAILED'],
    ['signals(analystId: "x") { edges { cursor } }', 'VALIDATION_FAILED', [{ pointer: 'arguments/analystId', message: 'must match pattern "^[0-9a-f]{24}$"' }]],
    ['signals(symbol: "$ne") { edges { cursor } }', 'VALIDATION_FAILED'],
    ['signal(id: "x") { id }', 'VALIDATION_FAILED'],
    ['signals(after: "bm8") { edges { cursor } }', 'INVALID_CURSOR'],
    [`signals(after: "${other}") { edges { cursor } }`, 'INVALID_CURSOR'],
    [`analysts(after: "${other}") { edges { cursor } }`, 'INVALID_CURSOR']
  ]
  for (const [field, code, faults] of fields) {
    const answer = await ask(`{ field: ${field} }`)
    t.match(answer, { data: { field: null }, errors: [{ path: ['field'], extensions: { code, ...(faults !== undefined && { errors: faults }) } }] }, field)
  }
  for (const argument of ['from: "yesterday"', 'from: 5', 'to: "2026-12-31T23:59:60Z"']) {
    t.match(await ask(`{ signals(${argument}) { edges { cursor } } }`), { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }, argument)
  }
})
