import t from 'tap'
import { buildTarget, fanOut, type Attack } from './graphql.ts'

const ONE = { query: '{ __typename }' }

const ATTACKS: Attack[] = [
  { name: 'a batch of 11', body: Array(11).fill(ONE), status: 413, code: 'PAYLOAD_TOO_LARGE' },
  { name: 'a batch of 5,000', body: Array(4000).fill(ONE), status: 413, code: 'PAYLOAD_TOO_LARGE' },
  { name: 'an empty batch', body: [], status: 400, code: 'BAD_REQUEST' },
  { name: 'a batch of documents that are long together', body: Array(10).fill({ query: `{ __typename } # ${'x'.repeat(4000)}` }), status: 413, code: 'PAYLOAD_TOO_LARGE' }
]

/** What is refused in its place, and the code there. */
const ITEMS: Array<[name: string, item: unknown, code: string]> = [
  ['a fan-out', { query: `{ signals { ...F0 } } ${fanOut(30, undefined, 'SignalConnection')}` }, 'TOO_MANY_FIELDS'],
  ['a batch within a batch', [ONE], 'BAD_REQUEST'],
  ['null', null, 'BAD_REQUEST'],
  ['a number', 1, 'BAD_REQUEST'],
  ['text', '{ __typename }', 'BAD_REQUEST'],
  ['nothing', {}, 'BAD_REQUEST'],
  ['variables that are no object', { ...ONE, variables: 1 }, 'BAD_REQUEST'],
  ['a hash that nobody knows', { extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }, 'PERSISTED_QUERY_NOT_FOUND'],
  ['an unknown field', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
  ['a page of a million', { query: 'query ($n: Int) { signals(first: $n) { edges { cursor } } }', variables: { n: 1e6 } }, 'PAGE_TOO_LARGE']
]

t.test('a batch is no way around the limits', async (t) => {
  const { attack } = await buildTarget(t)
  for (const one of ATTACKS) await attack(one)
})

t.test('each operation of a batch is guarded alone, and its fault is in its place', async (t) => {
  const { url } = await buildTarget(t)
  for (const [name, item, code] of ITEMS) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([ONE, item, ONE]) })
    t.equal(response.status, 200, name)
    t.match(await response.json(), [{ data: { __typename: 'Query' } }, { data: undefined, errors: [{ extensions: { code } }] }, { data: { __typename: 'Query' } }])
  }
})
