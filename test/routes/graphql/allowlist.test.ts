import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildApp } from '../../helper.ts'
import { buildGraphql, type Answer } from './client.ts'

const ALLOWED = 'query Top($first: Int) { topAnalysts(first: $first) { name } }'
const NOT_ALLOWED = { errors: [{ message: 'PersistedQueryNotAllowed', extensions: { code: 'PERSISTED_QUERY_NOT_ALLOWED' } }] }

const listOf = (...documents: string[]) => Object.fromEntries(documents.map((text) => [hash('sha256', text), text]))
const extensionsOf = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } })

async function write (t: Test, content: unknown): Promise<string> {
  const path = join(t.testdir({}), 'allowed.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

t.test('only the documents of the list run, by hash or by text, alone or in a batch', async (t) => {
  const { url } = await buildGraphql(t, { GRAPHQL_ALLOWLIST: await write(t, listOf(ALLOWED, '{ __typename }')) })
  async function post (body: unknown) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' }, body: JSON.stringify(body) })
    return { status: response.status, cacheControl: response.headers.get('cache-control'), answer: await response.json() as Answer }
  }
  const other = '{ topAnalysts { bio } }'

  for (const round of [1, 2]) {
    t.match(await post({ query: ALLOWED, variables: { first: 1 } }), { status: 200, answer: { data: { topAnalysts: [] } } }, `round ${round}`)
    t.match(await post({ extensions: extensionsOf(hash('sha256', ALLOWED)) }), { status: 200 })
    t.match(await post({ query: ALLOWED, extensions: extensionsOf(hash('sha256', ALLOWED)) }), { status: 200 })
    for (const body of [{ query: other }, { query: `${ALLOWED} ` }, { query: other, extensions: extensionsOf(hash('sha256', other)) }, { extensions: extensionsOf(hash('sha256', other)) }, { extensions: extensionsOf('__proto__') }]) {
      t.strictSame(await post(body), { status: 400, cacheControl: 'no-store', answer: NOT_ALLOWED }, JSON.stringify(body))
    }
    t.match(await post({ query: other, extensions: extensionsOf(hash('sha256', ALLOWED)) }), { status: 400, answer: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } })
    t.match((await post([{ query: '{ __typename }' }, { query: other }])).answer, [{ data: { __typename: 'Query' } }, NOT_ALLOWED])
  }
  t.strictSame(await (await fetch(`${url}?query=${encodeURIComponent(other)}`)).json(), NOT_ALLOWED, 'by GET')
})

t.test('the server refuses to start with a list that is not in order, naming the fault', async (t) => {
  const cases: Array<[content: unknown, message: RegExp]> = [
    ['{', /cannot be read as JSON/],
    [[], /is not an object of hashes and documents/],
    ['null', /is not an object of hashes and documents/],
    [{ abc: 1 }, /abc is not the text of a document/],
    [{ abc: ALLOWED }, /abc is not the SHA-256 of its document/],
    [listOf('{'), /[0-9a-f]{64} cannot run: Syntax Error/],
    [listOf(ALLOWED, '{ nothing }'), /[0-9a-f]{64} cannot run: Cannot query field/],
    [listOf('{ ...F } fragment F on Query { ...F }'), /[0-9a-f]{64} cannot run: The fragment "F"/]
  ]
  for (const [content, message] of cases) {
    const path = await write(t, content)
    await t.rejects(buildApp(t, { env: { GRAPHQL_ALLOWLIST: path } }), { message }, String(message))
  }
  await t.rejects(buildApp(t, { env: { GRAPHQL_ALLOWLIST: 'nowhere.json' } }), { message: /GRAPHQL_ALLOWLIST nowhere.json: cannot be read as JSON: ENOENT/ })
})
