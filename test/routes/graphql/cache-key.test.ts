import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { cacheKeyOf } from '../../../routes/graphql/cache-key.ts'

type Variables = Record<string, unknown>

const query = 'query ($a: Int) { signals(first: $a) { pageInfo { hasNextPage } } }'
const keyOf = (variables: Variables) => cacheKeyOf({ query, variables })

/** Variables as they come in a request. */
const variables = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 })
  .map((value): Variables => JSON.parse(JSON.stringify(value)) as Variables)

function reverse (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverse)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).reverse().map(([name, item]) => [name, reverse(item)]))
}

t.test('the order of names in the variables makes no difference, that of lists does', async (t) => {
  t.equal(keyOf({ a: 1, b: { c: [1, 2], d: null } }), keyOf({ b: { d: null, c: [1, 2] }, a: 1 }))
  t.not(keyOf({ a: [1, 2] }), keyOf({ a: [2, 1] }))
  fc.assert(fc.property(variables, (value) => keyOf(value) === keyOf(reverse(value) as Variables)))
})

t.test('what differs in any way has another key', async (t) => {
  const different: Variables[] = [{}, { a: 1 }, { a: '1' }, { a: true }, { a: 'true' }, { a: null }, { a: 'null' }, { a: [] }, { a: {} }, { a: [1] }, { a: { 0: 1 } }, { 'a":1,"b': 1 }, { a: 1, b: 1 }, { a: '","b":"' }, JSON.parse('{"__proto__":1}') as Variables]
  t.equal(new Set(different.map(keyOf)).size, different.length)
  fc.assert(fc.property(variables, variables, (a, b) => (keyOf(a) === keyOf(b)) === isDeepStrictEqual(a, b)))

  const requests = [{ query }, { query: `${query} ` }, { query, operationName: 'A' }, { query: `${query}"A"` }, { query, operationName: 'A"{}' }, { query, operationName: 'A', variables: { a: 1 } }, { query, operationName: 'A{"a":1}' }]
  t.equal(new Set(requests.map(cacheKeyOf)).size, requests.length)
})

t.test('what is as good as left out is left out', async (t) => {
  const key = cacheKeyOf({ query })
  t.match(key, /^[\w-]{43}$/)
  for (const rest of [{ operationName: null }, { operationName: '' }, { variables: null }, { variables: {} }, { extensions: {} }, { extensions: { other: 1 } }]) {
    t.equal(cacheKeyOf({ query, ...rest }), key)
  }
})

t.test('a document and its hash have the same key', async (t) => {
  const byHash = (sha256Hash: unknown) => cacheKeyOf({ query: '', extensions: { persistedQuery: { version: 1, sha256Hash } } })

  t.equal(byHash(hash('sha256', query)), cacheKeyOf({ query }))
  t.equal(cacheKeyOf({ query, extensions: { persistedQuery: { version: 1, sha256Hash: hash('sha256', 'other') } } }), cacheKeyOf({ query }), 'a hash beside the document counts for nothing')
  for (const nothing of ['', 'a', hash('sha256', query).toUpperCase(), `${hash('sha256', query)}\n`, 1, null]) t.equal(byHash(nothing), undefined)
  t.equal(cacheKeyOf({ query: '' }), undefined)
})

t.test('what no answer should be kept for has no key', async (t) => {
  const nested = (levels: number) => JSON.parse(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`) as Variables

  t.equal(cacheKeyOf({ query: '{ signals(symbol: "\ud800") { __typename } }' }), undefined, 'halves of characters, all the same in UTF-8')
  t.type(cacheKeyOf({ query: '{ signals(symbol: "\u{1f600}") { __typename } }' }), 'string')
  t.not(keyOf({ a: '\ud800' }), keyOf({ a: '\ud801' }))
  t.type(keyOf(nested(31)), 'string')
  t.equal(keyOf(nested(32)), undefined)
  t.equal(keyOf(nested(40_000)), undefined, 'however deep')
})
