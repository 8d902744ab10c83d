import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Kind, buildASTSchema, buildSchema, isObjectType, parse, validate, visit } from 'graphql'
import t from 'tap'
import { createCachePolicy } from '../../../routes/graphql/cache-policy.ts'
import { MAX_CACHED_DOCUMENTS } from '../../../routes/graphql/limits.ts'
import { createSchema } from '../../../routes/graphql/schema.ts'
import { addPeople } from '../../people.ts'
import { buildGraphql, fillMarket, type Answer } from './client.ts'
import { arbitraryQuery } from './documents.ts'

const schema = createSchema(readFileSync(new URL('../../../schemas/schema.graphql', import.meta.url), 'utf8'), {}, undefined)
const { policyOf, policyOfText } = createCachePolicy(schema)
const of = (query: string, operationName?: string) => policyOf(parse(query), operationName)

const ID = '"64a000020000000000000000"'
const ARGUMENTS = { 'Query.analyst': `(id: ${ID})`, 'Query.signal': `(id: ${ID})`, 'Query.user': '(userId: "1")', 'Query.withdrawal': `(id: ${ID})`, 'Query.candles': '(symbol: "BTCUSDT")', 'Query.marketPrices': '(symbols: ["BTCUSDT"])' }
const NOT_CACHEABLE = { maxAgeS: 0, scope: 'PRIVATE', tags: [] }

/** What somebody else, or nobody, is not given. */
const OF_THE_VIEWER = [
  'Query.me', 'Query.user', 'Query.users', 'Query.transactions', 'Query.withdrawal',
  'Signal.entry', 'Signal.targets', 'Signal.stopLoss',
  'User.tier', 'User.balance', 'User.isActive', 'User.subscriptionExpires', 'User.referredBy', 'User.referrer', 'User.stats', 'User.payments', 'User.referrals', 'User.withdrawalAddresses',
  'User.withdrawals', 'User.transactions'
]

/** What tells its own age: the same for everybody, and kept by nobody. */
const OF_THE_MOMENT = ['Query.candles', 'Query.marketPrices', 'Query.trending']

t.test('what everybody may see is public for the shortest time of its fields', async (t) => {
  const cases: Array<[string, number, string[]]> = [
    ['{ analysts { edges { cursor node { name rank } } pageInfo { hasNextPage } } }', 60, ['analysts']],
    ['{ analysts { pageInfo { hasNextPage } } }', 60, ['analysts']],
    [`{ analyst(id: ${ID}) { id user { userId username createdAt } } }`, 60, ['analysts', 'users']],
    ['{ topAnalysts { __typename name } }', 60, ['analysts']],
    ['{ topAnalysts { name signals { edges { node { symbol } } } } }', 10, ['analysts', 'signals']],
    ['{ signals { edges { node { symbol analyst { name } } } } }', 10, ['analysts', 'signals']],
    [`{ signal(id: ${ID}) { id status version } __typename }`, 10, ['signals']]
  ]
  for (const [query, maxAgeS, tags] of cases) t.strictSame(of(query), { maxAgeS, scope: 'PUBLIC', tags }, query)
})

t.test('what depends on the caller is private, wherever it is', async (t) => {
  const cases = [
    '{ me { userId } }',
    '{ me { __typename } }',
    '{ user(userId: "1") { username } }',
    '{ users { pageInfo { hasNextPage } } }',
    '{ transactions { edges { cursor } } }',
    '{ topAnalysts { user { username balance } } }',
    '{ topAnalysts { user { stats { transactionCount } } } }',
    '{ topAnalysts { user { referrer { username } } } }',
    '{ topAnalysts { name } me { userId } }'
  ]
  for (const query of cases) t.match(of(query), { maxAgeS: 0, scope: 'PRIVATE' }, query)
  for (const field of ['entry', 'targets', 'stopLoss']) {
    t.match(of(`{ signals { edges { node { symbol ${field} } } } }`), { maxAgeS: 10, scope: 'PRIVATE' }, 'of signals, the caller may keep it')
    t.match(of(`{ topAnalysts { signals { edges { node { ... on Signal { other: ${field} @skip(if: true) } } } } } }`), { scope: 'PRIVATE' })
    t.match(of(`query Q($no: Boolean!) { signals @include(if: $no) { ...S } } fragment S on SignalConnection { edges { node { ...N } } } fragment N on Signal { ${field} }`), { scope: 'PRIVATE' })
  }
})

t.test('whoever adds a field to a user or signal says whether everybody may see it', async (t) => {
  const isPublic = (query: string) => of(query).scope === 'PUBLIC' && of(query).maxAgeS > 0
  const fieldsOf = (name: string) => {
    const type = schema.getType(name)
    return isObjectType(type) ? Object.keys(type.getFields()) : []
  }
  const leaf = (name: string) => ['referrals', 'referrer', 'stats', 'transactions', 'analyst'].includes(name) ? `${name} { __typename }` : name

  t.strictSame(fieldsOf('User').filter((name) => isPublic(`{ topAnalysts { user { ${leaf(name)} } } }`)), ['userId', 'username', 'createdAt'])
  t.strictSame(fieldsOf('Signal').filter((name) => !isPublic(`{ signals { edges { node { ${leaf(name)} } } } }`)), ['entry', 'targets', 'stopLoss'])
  for (const field of OF_THE_VIEWER) t.ok(fieldsOf(field.replace(/\..*/, '')).includes(field.replace(/.*\./, '')), field)
})

t.test('answers about the schema, changes and what cannot be understood are not kept', async (t) => {
  t.strictSame(of('{ __typename }'), { maxAgeS: 0, scope: 'PUBLIC', tags: [] })
  t.strictSame(of('{ topAnalysts { name } __schema { queryType { name } } }'), { maxAgeS: 0, scope: 'PUBLIC', tags: ['analysts'] })
  t.match(of('{ topAnalysts { name } __type(name: "User") { name } }'), { maxAgeS: 0 })
  t.strictSame(of('mutation { updateProfile(input: {}) { userId } }'), NOT_CACHEABLE)
  t.strictSame(of('fragment F on Query { topAnalysts { name } }'), NOT_CACHEABLE)

  for (const query of ['{ nothing }', '{ topAnalysts { name nothing { id } } }', '{ topAnalysts { name ...Missing } }', '{ topAnalysts { ... on Nothing { name } } }', '{ topAnalysts { ... on Money { name } } }', '{ topAnalysts { name { length } constructor } }']) {
    t.match(of(query), { maxAgeS: 0, scope: 'PRIVATE' }, query)
  }
  t.match(of('{ topAnalysts ...F } fragment F on Query { ...F topAnalysts { name } }'), { maxAgeS: 60 }, 'a fragment within itself ends')
})

t.test('each operation of a document has its own policy', async (t) => {
  const query = 'query A { topAnalysts { name } } query B { me { userId } } mutation C { updateProfile(input: {}) { userId } }'
  t.match(of(query, 'A'), { maxAgeS: 60, scope: 'PUBLIC' })
  t.match(of(query, 'B'), { maxAgeS: 0, scope: 'PRIVATE' })
  for (const name of ['C', 'D', '', undefined]) t.strictSame(of(query, name), NOT_CACHEABLE)
})

t.test('hints mean what they mean in Apollo Server', async (t) => {
  const sdl = `
    directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
    enum CacheControlScope { PUBLIC PRIVATE }
    type Query {
      plain: Int
      hinted: Int @cacheControl(maxAge: 5)
      lost: Book @cacheControl(inheritMaxAge: true)
      book: Book @cacheControl(maxAge: 60)
      cached: Cached
      shorter: Cached @cacheControl(maxAge: 20)
      kept: Cached @cacheControl(inheritMaxAge: true)
      open: Closed @cacheControl(scope: PUBLIC)
      node: Node @cacheControl(maxAge: 50)
      found: [Found!]!
    }
    type Book { title: String other: Book near: Book @cacheControl(inheritMaxAge: true) odd: Book @cacheControl(inheritMaxAge: true, maxAge: 1) child: Part secret: Int @cacheControl(scope: PRIVATE) }
    type Part @cacheControl(inheritMaxAge: true) { number: Int }
    type Cached @cacheControl(maxAge: 30) { title: String }
    type Closed { title: String }
    extend type Closed @cacheControl(maxAge: 9, scope: PRIVATE)
    interface Node { id: ID }
    type One implements Node { id: ID }
    type Two implements Node { id: ID @cacheControl(scope: PRIVATE) }
    type Market { id: ID }
    union Found @cacheControl(maxAge: 40) = One | Market`
  const policy = createCachePolicy(buildSchema(sdl))
  const cases: Array<[string, number, string?, string[]?]> = [
    ['plain', 0],
    ['hinted', 5],
    ['lost { title }', 0],
    ['book { title }', 60],
    ['book { other { title } }', 0],
    ['book { near { near { title } } }', 60],
    ['book { odd { title } }', 60],
    ['book { child { number } }', 60],
    ['book { title secret }', 60, 'PRIVATE'],
    ['cached { title }', 30],
    ['shorter { title }', 20],
    ['kept { title }', 30],
    ['book { title } shorter { title } hinted', 5],
    ['open { title }', 9],
    ['node { id }', 50, 'PRIVATE'],
    ['node { ... on One { id } }', 50],
    ['found { ... on One { id } }', 40, 'PUBLIC', ['market']],
    ['found { id }', 0, 'PRIVATE', ['market']]
  ]
  for (const [selection, maxAgeS, scope = 'PUBLIC', tags = []] of cases) t.strictSame(policy.policyOfText(`{ ${selection} }`), { maxAgeS, scope, tags }, selection)
  const bare = visit(parse(sdl), { Directive: ({ name }) => ({ kind: Kind.DIRECTIVE, name }) })
  t.match(createCachePolicy(buildASTSchema(bare)).policyOfText('{ hinted }'), { maxAgeS: 0 }, 'a hint that says nothing')
  t.match(createCachePolicy(buildSchema('type Mutation { none: Int }')).policyOfText('{ none }'), NOT_CACHEABLE, 'a schema that cannot be read')
})

t.test('policies are remembered by text, in bounded memory, and only of what can be parsed', async (t) => {
  const query = 'query A { topAnalysts { name } }'
  const first = policyOfText(query)

  t.match(first, { maxAgeS: 60 })
  t.equal(policyOfText(query), first)
  t.not(policyOfText(query, 'A'), first, 'by operation')
  t.strictSame(policyOfText(query, 'B'), NOT_CACHEABLE)
  for (const junk of ['{', '', '{"kind":"Document"}', `{ ${'a '.repeat(2000)}}`]) t.strictSame(policyOfText(junk), NOT_CACHEABLE)
  for (let i = 0; i < 2 * MAX_CACHED_DOCUMENTS; i++) policyOfText(`{ junk ${i}`)
  t.equal(policyOfText(query), first, 'junk displaces nothing')
  for (let i = 0; i < MAX_CACHED_DOCUMENTS; i++) policyOfText(`{ topAnalysts { name } } # ${i}`)
  const again = policyOfText(query)
  t.not(again, first, 'others displace it')
  for (let i = 0; i < 100; i++) policyOfText(`{ topAnalysts { name } } # ${'long'.repeat(7_000)} ${i}`)
  t.not(policyOfText(query), again, 'long ones sooner')
})

t.test('fragments that spread each other many times cost no time', async (t) => {
  const chain = Array.from({ length: 2000 }, (_, i) => `fragment F${i} on Analyst { ...F${i + 1} ...F${i + 1} ...F${i + 1} }`).join(' ')
  const document = parse(`{ topAnalysts { ...F0 } } ${chain} fragment F2000 on Analyst { user { balance } }`)
  const start = performance.now()

  t.match(policyOf(document), { scope: 'PRIVATE' })
  t.ok(performance.now() - start < 500)
})

t.test('no query with a field that depends on the viewer is public, and every other one is', async () => {
  fc.assert(fc.property(arbitraryQuery(schema, ARGUMENTS), ({ query, fields }) => {
    const { scope, maxAgeS } = policyOf(parse(query))
    const isOfTheViewer = fields.some((field) => OF_THE_VIEWER.includes(field))
    const isKept = fields.length > 0 && !fields.some((field) => OF_THE_MOMENT.includes(field))
    return isOfTheViewer ? scope === 'PRIVATE' : scope === 'PUBLIC' && (maxAgeS > 0) === isKept
  }), { numRuns: 2000 })
  fc.assert(fc.property(arbitraryQuery(schema, ARGUMENTS), ({ query }) => validate(schema, parse(query)).length === 0), { numRuns: 100 })
})

t.test('a public query is answered to all kinds of callers alike', async (t) => {
  const { ask, fastify } = await buildGraphql(t, { OPTIMIZATIONS_OFF: 'response-cache' })
  const people = await addPeople(fastify)
  const { people: [analyst], signals: [, signal] } = await fillMarket(fastify, { count: 2, each: 2 })
  const callers = [{}, ...Object.values(people).map(({ headers }) => headers)]
  const answers = async (query: string) => await Promise.all(callers.map(async (headers) =>
    (await fastify.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })).json<Answer>()))
  const areAlike = ([first, ...others]: Answer[]) => others.every((other) => isDeepStrictEqual(first, other))
  const args = { ...ARGUMENTS, 'Query.analyst': `(id: "${analyst?._id.toHexString()}")`, 'Query.signal': `(id: "${signal?._id.toHexString()}")` }

  t.notOk(areAlike(await answers('{ signals { edges { node { entry } } } }')), 'private ones are not')
  await fc.assert(fc.asyncProperty(arbitraryQuery(schema, args), async ({ query, fields }) => {
    const { scope, maxAgeS } = policyOf(parse(query))
    fc.pre(fields.length > 2 && scope === 'PUBLIC' && maxAgeS > 0)
    // each caller is answered by the compiled query
    await ask(query)
    await ask(query)
    const all = await answers(query)
    return areAlike(all) && all.every(({ errors }) => errors === undefined)
  }), { numRuns: 40 })
})
