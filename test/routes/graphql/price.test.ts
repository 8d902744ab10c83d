import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { buildSchema, getIntrospectionQuery } from 'graphql'
import t from 'tap'
import { createPricing } from '../../../routes/graphql/price.ts'
import { usedBy } from '../../../routes/graphql/weights.ts'
import { fanOut } from '../../attacks/graphql.ts'
import { addPeople } from '../../people.ts'
import { buildGraphql, fillLedger, fillMarket } from './client.ts'
import { arbitraryQuery } from './documents.ts'

const schema = buildSchema(readFileSync(new URL('../../../schemas/schema.graphql', import.meta.url), 'utf8'))
const { priceOf, pricesOf } = createPricing(schema)
const price = (query: string, variables?: Record<string, unknown>) => priceOf({ query, variables })
/** Units of so many objects and values. */
const units = (objects: number, values: number) => Math.ceil((1000 + 20 * objects + 2 * values) / 1000)

t.test('a price is that of all objects and values, as often as their pages are long', async (t) => {
  const cases: Array<[query: string, objects: number, values: number, variables?: Record<string, unknown>]> = [
    ['{ __typename }', 0, 1],
    ['{ me { userId username } }', 1, 2],
    ['{ topAnalysts(first: 50) { name rank } }', 50, 100],
    ['{ topAnalysts { name } }', 10, 10],
    ['{ signals(first: 100) { edges { cursor node { id } } pageInfo { hasNextPage } } }', 202, 201],
    ['{ signals { edges { node { id } } } }', 41, 20],
    ['{ signals(first: null) { edges { node { id } } } }', 41, 20],
    ['{ signals(first: -5) { edges { node { id } } } }', 21, 10],
    ['{ signals(first: 100) { edges { node { analyst { signals(first: 50) { edges { cursor } } } } } } }', 5401, 5000],
    ['{ signals(first: 100) { edges { node { targets } } } }', 201, 1000],
    ['{ marketPrices(symbols: ["A", "B", "C"]) { price } }', 3, 3],
    ['{ marketPrices(symbols: "A") { price } }', 1, 1],
    ['{ candles(symbol: "A", limit: 500) { symbol data { open close } } }', 501, 1001],
    ['query ($n: Int = 100) { signals(first: $n) { edges { node { id } } } }', 201, 100],
    ['query ($n: Int = 100) { signals(first: $n) { edges { node { id } } } }', 21, 10, { n: 10 }],
    ['query ($n: Int) { signals(first: $n) { edges { node { id } } } }', 41, 20, { n: null }],
    ['query ($s: [String!]!) { marketPrices(symbols: $s) { price } }', 50, 50, { s: Array(50).fill('A') }],
    ['{ signals(first: 50) { ...F } } fragment F on SignalConnection { edges { ...N } } fragment N on SignalEdge { node { ... { id } ... on Signal { symbol } } }', 101, 100],
    ['{ signals(first: 100) @skip(if: true) { edges { cursor } } me @include(if: true) { userId } ... @include(if: false) { users { edges { cursor } } } }', 1, 1],
    ['{ me { userId @skip(unless: true) username @include } }', 1, 2],
    ['query ($no: Boolean!) { signals(first: 100) @include(if: $no) { edges { cursor } } me @other { userId } }', 102, 101, { no: false }]
  ]
  for (const [query, objects, values, variables] of cases) t.equal(price(query, variables), units(objects, values), query)
})

t.test('a mutation costs ten more, a batch the sum, and what cannot run one', async (t) => {
  t.equal(price('mutation { updateProfile(input: { username: "other" }) { username } }'), 12)
  t.equal(priceOf({ query: 'query A { __typename } query B { topAnalysts(first: 50) { name } }', operationName: 'B' }), 3)
  t.equal(pricesOf([{ query: '{ __typename }' }, { query: '{' }]), 3)
  for (const query of ['', '{', 'query A { __typename } query B { __typename }', `{ ${'a '.repeat(2000)} }`, 'subscription { a }']) t.equal(price(query), 1, query.slice(0, 20))
  t.equal(createPricing(buildSchema('type Query { a: Int }')).priceOf({ query: 'mutation { a }' }), 11)
  t.equal(price('{ nothing { at { all } } ...Missing }'), 2)
  t.equal(price(getIntrospectionQuery()), 101)
})

t.test('fan-out makes a price high, not slow', async (t) => {
  t.equal(price(`{ signals { ...F0 } } ${fanOut(80, undefined, 'SignalConnection', 'edges { cursor }')}`), Number.MAX_SAFE_INTEGER)
  t.equal(pricesOf(Array(3).fill({ query: `{ signals { ...F0 } } ${fanOut(80, undefined, 'SignalConnection', 'edges { cursor }')}` })), Number.MAX_SAFE_INTEGER)
  t.equal(price('{ ...F } fragment F on Query { __typename ...F }'), 2)
})

t.test('what an answer has used is counted by the same weights', async (t) => {
  t.equal(usedBy(undefined), 1)
  t.equal(usedBy(null), 1)
  t.equal(usedBy({}), 1)
  t.equal(usedBy({ a: 1, b: null, list: Array(50).fill({ name: 'x', targets: ['1', '2'] }) }), units(50, 2 + 150))
})

const SIZES = ['', '(first: 1)', '(first: 7)', '(first: 100)']
const ID = '"64a000020000000000000000"'

t.test('no answer of the real server uses more than the price of its operation', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { people } = await fillMarket(fastify, { count: 12, each: 4 })
  const { admin } = await addPeople(fastify)
  await fillLedger(fastify, admin.user_id, 30)
  let answered = 0
  async function isCovered (query: string): Promise<void> {
    const { data, errors } = await ask(query, { headers: admin.headers })
    if (data === undefined) {
      t.match(errors, [{ extensions: { code: /^(TOO_|QUERY_)/ } }])
      return
    }
    answered += 1
    const [used, most] = [usedBy(data), price(query)]
    if (used > most) t.fail(`${used} of ${most}: ${query}`)
  }
  const arbitrary = fc.constantFrom(...SIZES).chain((size) => arbitraryQuery(schema, {
    'Query.analyst': `(id: "${people[0]?._id.toHexString()}")`,
    'Query.signal': `(id: ${ID})`,
    'Query.user': `(userId: "${admin.user_id}")`,
    'Query.withdrawal': `(id: ${ID})`,
    'Query.candles': '(symbol: "BTCUSDT")',
    'Query.marketPrices': '(symbols: ["BTCUSDT"])',
    ...Object.fromEntries(['Query.signals', 'Query.analysts', 'Query.users', 'Query.transactions', 'Analyst.signals', 'User.payments', 'User.referrals', 'User.transactions', 'User.withdrawals'].map((name) => [name, size]))
  }))
  await fc.assert(fc.asyncProperty(arbitrary, async ({ query }) => { await isCovered(query) }), { numRuns: 150 })
  t.ok(answered > 50, `${answered} answers`)

  const schemaAnswer = await ask(getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }))
  t.ok(usedBy(schemaAnswer.data) <= 101, `the whole schema uses ${usedBy(schemaAnswer.data)}`)
})
