import { getIntrospectionQuery, parse } from 'graphql'
import t, { type Test } from 'tap'
import { createGuards } from '../../../routes/graphql/guards.ts'
import {
  MAX_ALIASES, MAX_CACHED_DOCUMENTS, MAX_DEPTH, MAX_DIRECTIVES, MAX_DOCUMENT_BYTES, MAX_FIELDS, MAX_INPUT_LEVELS, MAX_LIST_ITEMS,
  MAX_PAGE_SIZE, MAX_REPEATS, MAX_ROOT_FIELDS, MAX_TOKENS
} from '../../../routes/graphql/limits.ts'
import { createParsedDocuments } from '../../../routes/graphql/parsed-documents.ts'
import { buildGraphql } from './client.ts'

const requireHarmless = createGuards({ documentOf: createParsedDocuments(), introspection: true })
const repeat = (times: number, text: (i: number) => string) => Array.from({ length: times }, (_, i) => text(i)).join(' ')
const nested = (levels: number) => '{ signals { edges { node '.concat('{ analyst { signals { edges { node '.repeat(levels), '{ id }', ' } } } }'.repeat(levels), ' } } }')
const query = (text: string, variables?: Record<string, unknown>) => ({ query: text, variables })

function refusalOf (request: Parameters<typeof requireHarmless>[0], guard = requireHarmless): unknown {
  try {
    guard(request)
    return undefined
  } catch (error) {
    return error
  }
}

function refused (t: Test, code: string, request: Parameters<typeof requireHarmless>[0]): void {
  t.match(refusalOf(request), { extensions: { code } }, `${code} ${request.query.slice(0, 60)}`)
}

function passes (t: Test, request: Parameters<typeof requireHarmless>[0]): void {
  for (const round of [1, 2]) t.equal(refusalOf(request), undefined, `${request.query.slice(0, 60)} ${round}`)
}

t.test('each limit lets through what it allows and refuses one more, by its own code', (t) => {
  const cases: Array<[code: string, most: number, build: (count: number) => string]> = [
    ['QUERY_TOO_DEEP', MAX_DEPTH, (count) => `${'{ a '.repeat(count)}${'}'.repeat(count)}`],
    ['TOO_MANY_ROOT_FIELDS', MAX_ROOT_FIELDS, (count) => `{ ${repeat(count, (i) => `f${i}`)} }`],
    ['TOO_MANY_FIELDS', MAX_FIELDS, (count) => `{ a { ${repeat(count - 1, (i) => `f${i}`)} } }`],
    ['TOO_MANY_ALIASES', MAX_ALIASES, (count) => `{ a { ${repeat(count, (i) => `f${i}: f`)} } }`],
    ['TOO_MANY_DIRECTIVES', MAX_DIRECTIVES, (count) => `query @a { a @a ${'@a '.repeat(count - 2)} }`],
    ['TOO_MANY_REPEATS', MAX_REPEATS, (count) => `{ a { ${'f '.repeat(count)} } }`],
    ['DOCUMENT_TOO_LARGE', MAX_DOCUMENT_BYTES, (count) => `{ a } #${'é'.repeat((count - 7) / 2)}${'x'.repeat((count - 7) % 2)}`],
    ['PAGE_TOO_LARGE', MAX_PAGE_SIZE, (count) => `{ a(first: ${count}) }`],
    ['PAGE_TOO_LARGE', MAX_PAGE_SIZE, (count) => `{ a(last: ${count}) }`],
    ['PAGE_TOO_LARGE', MAX_PAGE_SIZE, (count) => `query ($n: Int = ${count}, $m: Int) { a(first: $n) b(last: $m, limit: 1000) }`],
    ['LIST_TOO_LONG', MAX_LIST_ITEMS, (count) => `{ a(b: { c: [${'1 '.repeat(count)}] }) }`],
    ['LIST_TOO_LONG', MAX_LIST_ITEMS, (count) => `query ($l: [Int] = [${'1 '.repeat(count)}]) { a(b: $l) }`]
  ]
  for (const [code, most, build] of cases) {
    passes(t, query(build(most)))
    refused(t, code, query(build(most + 1)))
  }
  // with three tokens for each argument and six around them
  t.equal(6 + 3 * 331, MAX_TOKENS - 1)
  passes(t, query(`{ a(${'b: 1 '.repeat(331)}) }`))
  refused(t, 'TOO_MANY_TOKENS', query(`{ a(${'b: 1 '.repeat(332)}) }`))
  t.end()
})

t.test('fragments count wherever they are spread, and in themselves', (t) => {
  const cases: Array<[code: string, text: string]> = [
    ['TOO_MANY_ALIASES', `{ a { ...A ...A } } fragment A on T { ${repeat(16, (i) => `f${i}: f`)} }`],
    ['TOO_MANY_DIRECTIVES', `{ a { ...A @a ... @a { ...A } } } fragment A on T { f ${'@a '.repeat(50)} }`],
    ['TOO_MANY_FIELDS', `{ a { ${repeat(9, () => '...A')} } } fragment A on T { ${repeat(50, (i) => `f${i}`)} }`],
    ['TOO_MANY_ROOT_FIELDS', `{ ...A ... on Query { ...A } } fragment A on Query { ${repeat(11, (i) => `f${i}`)} }`],
    ['QUERY_TOO_DEEP', `{ a { ... on T { ...A } } } fragment A on T ${'{ a '.repeat(10)}${'}'.repeat(10)}`],
    ['TOO_MANY_FIELDS', `{ a } fragment A on T { ${repeat(9, () => '...B')} } fragment B on T { ${repeat(50, (i) => `f${i}`)} }`],
    ['CYCLIC_FRAGMENTS', '{ ...A } fragment A on T { ...A }'],
    ['CYCLIC_FRAGMENTS', '{ a { ...A } } fragment A on T { b { ...B } } fragment B on T { ... { c { ...A } } }'],
    ['CYCLIC_FRAGMENTS', '{ a } fragment A on T { ...B } fragment B on T { ...A }']
  ]
  for (const [code, text] of cases) refused(t, code, query(text))
  passes(t, query(`{ a { ...A } } fragment A on T { ${repeat(40, (i) => `f${i}`)} }`))
  passes(t, query('{ ...Missing }'))
  t.end()
})

t.test('variables are measured with each request', (t) => {
  const text = 'query ($n: Int, $l: [Int], $o: O) { a(first: $n, list: $l, input: $o, other: $m) }'
  const deep = (levels: number): unknown => levels === 0 ? 1 : levels % 2 === 0 ? [deep(levels - 1)] : { in: deep(levels - 1) }

  passes(t, query(text, { n: MAX_PAGE_SIZE, l: Array(MAX_LIST_ITEMS).fill(1), o: deep(MAX_INPUT_LEVELS) }))
  passes(t, query(text, { n: null, l: null, m: 1000, unknown: 'text' }))
  passes(t, query(text, { n: '1000' }))
  refused(t, 'PAGE_TOO_LARGE', query(text, { n: MAX_PAGE_SIZE + 1 }))
  refused(t, 'LIST_TOO_LONG', query(text, { l: Array(MAX_LIST_ITEMS + 1).fill(1) }))
  refused(t, 'LIST_TOO_LONG', query(text, { o: { a: { b: Array(MAX_LIST_ITEMS + 1) } } }))
  refused(t, 'INPUT_TOO_DEEP', query(text, { o: deep(MAX_INPUT_LEVELS + 1) }))
  refused(t, 'INPUT_TOO_DEEP', query(text, { unknown: JSON.parse(`${'['.repeat(40_000)}${']'.repeat(40_000)}`) }))
  t.end()
})

t.test('a document is looked at once, and known again in bounded memory', (t) => {
  let parses = 0
  const documentOf = createParsedDocuments()
  const counted = (text: string) => {
    parses += 1
    return documentOf(text)
  }
  t.equal(documentOf('{ a }'), documentOf('{ a }'))
  const first = documentOf('{ first }')
  for (let i = 0; i < MAX_CACHED_DOCUMENTS; i++) documentOf(`{ f${i} }`)
  t.not(documentOf('{ first }'), first, 'the least used goes first')
  refusalOf({ query: '{' }, createGuards({ documentOf: counted, introspection: true }))
  t.equal(parses, 1)
  t.end()
})

t.test('the schema can be asked for unless it is hidden; names of types always', (t) => {
  const hidden = createGuards({ documentOf: createParsedDocuments(), introspection: false })
  for (const text of ['{ __schema { types { name } } }', '{ a: __type(name: "A") { name } }', '{ ...A } fragment A on Query { ... { __schema { description } } }']) {
    t.match(refusalOf({ query: text }, hidden), { extensions: { code: 'INTROSPECTION_OFF' } }, text)
    passes(t, { query: text })
  }
  t.equal(refusalOf({ query: '{ __typename a { __typename } }' }, hidden), undefined)
  passes(t, { query: getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }) })
  t.end()
})

t.test('introspection as GraphiQL asks for it is answered', async (t) => {
  const { ask } = await buildGraphql(t)
  const { data, errors } = await ask<{ __schema: { queryType: { name: string } } }>(getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }))

  t.equal(errors, undefined)
  t.equal(data?.__schema.queryType.name, 'Query')
})

t.test('operations within the limits run, with fragments spread more than once', async (t) => {
  const { ask } = await buildGraphql(t)
  t.match(await ask(nested(1)), { data: { signals: { edges: [] } } }, 'two lists within each other')
  t.match(await ask(nested(2)), { errors: [{ extensions: { code: 'QUERY_TOO_DEEP' }, message: `The operation has 12 levels; at most ${MAX_DEPTH} are allowed` }] })
  const chain = repeat(6, (i) => `fragment F${i} on Signal { ...F${i + 1} ...F${i + 1} }`)
  t.strictSame(await ask(`{ signals { edges { node { ...F0 } } } } ${chain} fragment F6 on Signal { id }`), { data: { signals: { edges: [] } } })
  t.match(await ask('{ ...Missing }'), { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
  t.match(await ask(`{ ${repeat(20, (i) => `nothing${i}`)} }`), { errors: { length: 11 } }, 'faults are counted up to a limit')
})

t.test('a parsed document in place of text is refused', async (t) => {
  const { ask } = await buildGraphql(t)
  const documents = [JSON.stringify(parse('{ __typename }', { noLocation: true })), ' {}', '[]', '1', '-1', '"text"', 'null', ' true ', 'false']
  for (const document of documents) {
    for (let round = 0; round < 3; round++) t.match(await ask(document), { errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] }, document)
  }
})
