import fc from 'fast-check'
import t from 'tap'
import { buildGraphql, fillMarket, type Connection } from './client.ts'

interface Lists {
  list: Connection<unknown>
  sorted: Connection<unknown>
}

const ROUNDS = [1, 2, 3, 4]
/** No kept answer stands for a run. */
const RUN_ALWAYS = { OPTIMIZATIONS_OFF: 'response-cache' }

t.test('compiled queries answer as interpreted ones: variables, defaults, fragments, directives, enumerations', async (t) => {
  const { fastify, ask } = await buildGraphql(t, RUN_ALWAYS)
  await fillMarket(fastify, { count: 4 })
  const query = `query ($first: Int = 2, $status: SignalStatus, $wide: Boolean = false) {
    list: signals(first: $first, status: $status) { edges { node { ...Row symbol @include(if: $wide) } } }
    sorted: analysts(first: 1, sort: NEWEST) { edges { node { name ... on Analyst { rank } } } }
  }
  fragment Row on Signal { status analyst { name } }`

  for (const round of ROUNDS) {
    const all = (await ask<Lists>(query)).data
    t.strictSame(all?.list.edges, [{ node: { status: 'ACTIVE', analyst: { name: 'Analyst 3' } } }, { node: { status: 'ACTIVE', analyst: { name: 'Analyst 2' } } }], `round ${round}`)
    t.strictSame(all?.sorted.edges, [{ node: { name: 'Analyst 3', rank: 3.5 } }])
    const some = (await ask<Lists>(query, { variables: { first: 1, status: 'HIT', wide: true } })).data
    t.strictSame(some?.list.edges, [{ node: { status: 'HIT', analyst: { name: 'Analyst 1' }, symbol: 'ETHUSDT' } }])
    t.match(await ask(query, { variables: { status: 'hit' } }), { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    t.match(await ask(query, { variables: { first: 1.5 } }), { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  }
})

t.test('each operation of a document is compiled by itself', async (t) => {
  const { ask } = await buildGraphql(t, RUN_ALWAYS)
  const query = 'query A { a: __typename } query B { b: __typename }'

  for (const round of ROUNDS) {
    t.strictSame(await ask(query, { operationName: 'A' }), { data: { a: 'Query' } }, `round ${round}`)
    t.strictSame(await ask(query, { operationName: 'B' }), { data: { b: 'Query' } })
    for (const operationName of ['C', 'not a name', 'A\nquery C { __typename }']) {
      t.match(await ask(query, { operationName }), { data: undefined, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    }
    t.match(await ask(query), { errors: [{ extensions: { code: 'BAD_USER_INPUT' }, message: /operation name/ }] })
  }
})

t.test('errors are the same compiled or not, and each has a code, a path and no inside', async (t) => {
  const { fastify, ask } = await buildGraphql(t, RUN_ALWAYS)
  await fillMarket(fastify, { count: 1 })
  const query = '{ analysts { edges { node { user { userId balance } } } } }'
  const expected = { data: { analysts: { edges: [{ node: { user: { userId: String(2 ** 46), balance: null } } }] } }, errors: [{ path: ['analysts', 'edges', 0, 'node', 'user', 'balance'], extensions: { code: 'UNAUTHENTICATED' } }] }
  for (const round of ROUNDS) t.match(await ask(query), expected, `round ${round}`)

  // a stored value that the schema does not know, and a document without what must be there
  await fastify.mongo.db?.collection('trade_signals').updateMany({}, { $set: { side: 'sideways' }, $unset: { symbol: 1 } })
  for (const field of ['side', 'symbol']) {
    for (const round of ROUNDS) {
      const { errors } = await ask(`{ signals(first: 1) { edges { node { ${field} } } } }`)
      t.match(errors, [{ message: 'Something went wrong on our side', extensions: { code: 'INTERNAL_ERROR' } }], `${field}, round ${round}`)
    }
  }
})

t.test('arguments that only fail when they are used are the client\'s fault', async (t) => {
  const { ask } = await buildGraphql(t, RUN_ALWAYS)
  for (const round of ROUNDS) {
    const answer = await ask('query ($id: ID = "x") { signal(id: $id) { id } }', { variables: { id: null } })
    t.match(answer.errors, [{ extensions: { code: 'BAD_USER_INPUT' } }], `round ${round}`)
  }
})

const condition = fc.constantFrom('', '@include(if: $yes)', '@include(if: $no)', '@skip(if: $yes)', '@skip(if: $no)')
/** Selections of an analyst, with conditions anywhere. */
const { selections } = fc.letrec<{ selections: string, selection: string }>((tie) => ({
  selections: fc.array(tie('selection'), { minLength: 1, maxLength: 3 }).map((list) => list.join(' ')),
  selection: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(fc.constantFrom('name', 'rank'), condition).map(([name, when]) => `${name} ${when}`),
    fc.tuple(fc.constantFrom('... on Analyst', '...'), condition, tie('selections')).map(([type, when, inner]) => `${type} ${when} { ${inner} }`)
  )
}))

t.test('conditions hold in every run, wherever they stand', async (t) => {
  const { fastify, ask } = await buildGraphql(t, RUN_ALWAYS)
  await fillMarket(fastify, { count: 1 })
  async function holds (outer: string, inner: string): Promise<void> {
    const selection = `analyst { id } ... ${outer} { analyst { ${inner} } } analyst ${outer} { ${inner} }`
    const query = `query ($yes: Boolean!, $no: Boolean!) {
      signals(first: 1) { edges { node { ${selection} } } } yes: __typename @include(if: $yes) no: __typename @include(if: $no)
    }`
    const first = await ask(query, { variables: { yes: true, no: false } })
    t.hasProp(first, 'data')
    for (const round of ROUNDS) t.strictSame(await ask(query, { variables: { yes: true, no: false } }), first, `${selection}, round ${round}`)
    t.match(await ask(query, { variables: { yes: true } }), { data: undefined, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  }
  await holds('@include(if: $no)', '... on Analyst { name }')
  await fc.assert(fc.asyncProperty(condition, selections, holds), { numRuns: 60 })
})
