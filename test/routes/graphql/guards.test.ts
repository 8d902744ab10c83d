import { getIntrospectionQuery, parse } from 'graphql'
import t from 'tap'
import { MAX_DEPTH, MAX_TOKENS, isJson } from '../../../routes/graphql/guards.ts'
import { buildGraphql } from './client.ts'

const nested = (levels: number) => '{ signals { edges { node '.concat('{ analyst { signals { edges { node '.repeat(levels), '{ id }', ' } } } }'.repeat(levels), ' } } }')
const nest = (levels: number) => `${'{ analyst '.repeat(levels)}{ id }${' }'.repeat(levels)}`

t.test('a query 1,000 levels deep is refused quickly', async (t) => {
  const { url, ask } = await buildGraphql(t)
  await ask('{ __typename }')
  const start = performance.now()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query: nest(1000) })
  })

  t.equal(response.status, 400)
  t.match(await response.json(), { errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' }, message: /tokens/ }] })
  t.ok(performance.now() - start < 1000)
})

t.test('operations deeper than the limit are refused, with or without fragments', async (t) => {
  const { ask } = await buildGraphql(t)
  const tooDeep = { errors: [{ extensions: { code: 'QUERY_TOO_DEEP' }, message: `The operation is 12 levels deep; at most ${MAX_DEPTH} are allowed` }] }
  const fragments = '{ signals { edges { node { ...A ...A } } } } fragment A on Signal { analyst { signals { edges { node { ... on Signal { ...B } } } } } } fragment B on Signal { analyst { signals { edges { node { id } } } } }'

  t.match(await ask(nested(1)), { data: { signals: { edges: [] } } }, 'two lists within each other')
  t.match(await ask(nested(2)), tooDeep)
  t.match(await ask(fragments), tooDeep)
  t.match(await ask('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'), { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' }, message: /within itself/ }] })
  t.match(await ask('{ ...Missing }'), { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
})

t.test('fragments that spread each other many times cost no time', async (t) => {
  const { ask } = await buildGraphql(t)
  const chain = Array.from({ length: 50 }, (_, i) => `fragment F${i} on Signal { ...F${i + 1} ...F${i + 1} ...F${i + 1} }`).join(' ')
  const start = performance.now()
  const answer = await ask(`{ signals { edges { node { ...F0 } } } } ${chain} fragment F50 on Signal { id }`)

  t.strictSame(answer, { data: { signals: { edges: [] } } })
  t.ok(performance.now() - start < 2000)
})

t.test('the longest documents that repeat one field are checked or refused within a moment', async (t) => {
  const { ask } = await buildGraphql(t)
  const start = performance.now()
  t.match(await ask(`{ ${'__typename '.repeat(MAX_TOKENS - 4)}}`), { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
  t.match(await ask(`{ ${'signals { __typename } '.repeat(200)}}`), { data: { signals: { __typename: 'SignalConnection' } } })
  t.match(await ask(`{ ${'nothing '.repeat(20)}}`), { errors: { length: 11 } }, 'faults are counted up to a limit')
  t.ok(performance.now() - start < 3000)
})

t.test('introspection as GraphiQL asks for it is answered', async (t) => {
  const { ask } = await buildGraphql(t)
  const { data, errors } = await ask<{ __schema: { queryType: { name: string } } }>(getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }))

  t.equal(errors, undefined)
  t.equal(data?.__schema.queryType.name, 'Query')
})

t.test('a parsed document in place of text is refused', async (t) => {
  const { ask } = await buildGraphql(t)
  const documents = [JSON.stringify(parse('{ __typename }', { noLocation: true })), ' {}', '[]', '1', '-1', '"text"', 'null', ' true ', 'false']
  for (const document of documents) {
    t.ok(isJson(document))
    for (let round = 0; round < 3; round++) t.match(await ask(document), { errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] }, document)
  }
  for (const query of ['{ __typename }', '{}}', 'fragment F on Query { id }', 'query true { id }', '{ ...F }', '# {"', ',{ id }']) {
    if (query !== '{}}') t.notOk(isJson(query), query)
  }
})
