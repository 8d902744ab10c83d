import t from 'tap'
import { buildTarget, repeat, type Attack } from './graphql.ts'

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`

const ATTACKS: Attack[] = [
  { name: 'a query 1,000 levels deep', body: { query: `${'{ analyst '.repeat(1000)}{ id }${' }'.repeat(1000)}` }, status: 400, code: 'TOO_MANY_TOKENS' },
  { name: 'a query 20 levels deep', body: { query: `${'{ referrer '.repeat(20)}{ userId }${' }'.repeat(20)}` }, status: 400, code: 'QUERY_TOO_DEEP' },
  { name: 'a list of 1,000 within a literal', body: { query: `{ marketPrices(symbols: [${'"A" '.repeat(900)}]) { price } }` }, status: 400, code: 'LIST_TOO_LONG' },
  { name: 'a list of 10,000 in a variable', body: { query: 'query ($s: [String!]!) { marketPrices(symbols: $s) { price } }', variables: { s: Array(10_000).fill('A') } }, status: 400, code: 'LIST_TOO_LONG' },
  { name: 'a variable 20,000 levels deep', body: `{"query":"query ($s: [String!]!) { marketPrices(symbols: $s) { price } }","variables":{"s":${deep}}}`, status: 400, code: 'INPUT_TOO_DEEP' },
  { name: 'a variable that nobody asked for, as deep', body: `{"query":"{ __typename }","variables":{"s":${deep}}}`, status: 400, code: 'INPUT_TOO_DEEP' },
  { name: 'a literal 300 levels deep', body: { query: `{ marketPrices(symbols: ${'['.repeat(300)}${']'.repeat(300)}) { price } }` }, status: 400, code: 'GRAPHQL_VALIDATION_FAILED' },
  { name: 'a page of a million', body: { query: '{ signals(first: 1000000) { edges { cursor } } }' }, status: 400, code: 'PAGE_TOO_LARGE' },
  { name: 'a page of a million by a variable', body: { query: 'query ($n: Int) { signals(first: $n) { edges { cursor } } }', variables: { n: 1e6 } }, status: 400, code: 'PAGE_TOO_LARGE' },
  { name: 'a page of a million by the default of a variable', body: { query: 'query ($n: Int = 1000000) { signals(first: $n) { edges { cursor } } }' }, status: 400, code: 'PAGE_TOO_LARGE' },
  { name: 'a page beyond any number', body: { query: `{ signals(first: ${'9'.repeat(400)}) { edges { cursor } } }` }, status: 400, code: 'PAGE_TOO_LARGE' },
  { name: 'a document of 40,000 commas', body: { query: `{ __typename ${','.repeat(40_000)} }` }, status: 400, code: 'DOCUMENT_TOO_LARGE' },
  { name: 'a comment of 40,000 characters', body: { query: `{ __typename } # ${'x'.repeat(40_000)}` }, status: 400, code: 'DOCUMENT_TOO_LARGE' },
  { name: 'a document of 10,000 fields', body: { query: `{ ${repeat(10_000, () => 'me')} }` }, status: 400, code: 'TOO_MANY_TOKENS' },
  { name: 'a body of a megabyte', body: { query: '{ __typename }', variables: { text: 'x'.repeat(1_000_000) } }, status: 413, code: 'PAYLOAD_TOO_LARGE' },
  { name: 'one field many times', body: { query: `{ signals { ${repeat(150, () => 'edges { cursor }')} } }` }, status: 400, code: 'TOO_MANY_REPEATS' },
  { name: 'an alias for each of 100 reads', body: { query: `{ ${repeat(100, (i) => `a${i}: topAnalysts { name }`)} }` }, status: 400, code: 'TOO_MANY_ROOT_FIELDS' },
  { name: 'an alias for each of 60 links', body: { query: `{ me { ${repeat(60, (i) => `a${i}: transactions { edges { cursor } }`)} } }` }, status: 400, code: 'TOO_MANY_ALIASES' },
  { name: '300 directives on one field', body: { query: `{ __typename ${'@skip '.repeat(300)} }` }, status: 400, code: 'TOO_MANY_DIRECTIVES' },
  { name: 'an operation name of a kilobyte', body: { query: '{ __typename }', operationName: 'x'.repeat(1000) }, status: 400, code: 'BAD_USER_INPUT' },
  { name: 'a parsed document in place of text', body: { query: '{"kind":"Document","definitions":[]}' }, status: 400, code: 'GRAPHQL_PARSE_FAILED' }
]

t.test('what is too large in any way is refused by its own code', async (t) => {
  const { attack } = await buildTarget(t)
  for (const one of ATTACKS) await attack(one)
})
