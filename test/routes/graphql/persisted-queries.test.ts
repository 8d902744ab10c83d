import { hash } from 'node:crypto'
import sensible from '@fastify/sensible'
import type { RequestParams } from 'graphql-http'
import t, { type Test } from 'tap'
import { createPersistedQueries } from '../../../routes/graphql/persisted-queries.ts'
import { buildBare } from '../../helper.ts'
import { addPerson } from '../../people.ts'
import { buildGraphql, fillMarket, type Answer } from './client.ts'

const QUERY = 'query Top($first: Int = 1) { topAnalysts(first: $first) { name } }'
const NOT_FOUND = { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] }
const NOT_SUPPORTED = { errors: [{ message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }] }

type Parameters = Record<string, unknown>

function extensionsOf (query: string, version: unknown = 1) {
  return { persistedQuery: { version, sha256Hash: hash('sha256', query) } }
}

/** A listening server with two analysts, and both ways of asking it as clients of the protocol do. */
async function buildServer (t: Test) {
  const { fastify, url } = await buildGraphql(t)
  await fillMarket(fastify, { count: 2, each: 1 })

  async function read (response: Response) {
    return { status: response.status, cacheControl: response.headers.get('cache-control'), answer: await response.json() as Answer }
  }

  async function get (parameters: Parameters, headers: Record<string, string> = {}) {
    const texts = Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
    return await read(await fetch(`${url}?${new URLSearchParams(texts)}`, { headers }))
  }

  async function post (parameters: Parameters, headers: Record<string, string> = {}) {
    return await read(await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(parameters) }))
  }

  return { fastify, url, ways: [get, post], get, post }
}

t.test('a document is sent once, then its hash stands for it, by GET and POST', async (t) => {
  const { ways, get } = await buildServer(t)
  for (const [index, send] of ways.entries()) {
    const query = `${QUERY} # ${index}`
    const extensions = extensionsOf(query)
    t.match(await send({ extensions }), { status: 200, answer: NOT_FOUND })
    t.match(await send({ query, extensions }), { status: 200, answer: { data: { topAnalysts: [{ name: 'Analyst 1' }] } } })
    for (const again of ways) {
      t.match(await again({ extensions }), { status: 200, answer: { data: { topAnalysts: [{ name: 'Analyst 1' }] } } })
      t.match(await again({ query: '', extensions, variables: { first: 2 }, operationName: 'Top' }), { answer: { data: { topAnalysts: { length: 2 } } } })
    }
    t.match(await send({ extensions, variables: { first: 'two' } }), { answer: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } })
    t.match(await send({ extensions, operationName: 'Other' }), { answer: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } })
  }
  t.match(await get({ query: QUERY }), { status: 200 }, 'without a hash nothing is different')
  t.match(await get({ extensions: extensionsOf(QUERY) }), { answer: NOT_FOUND }, 'and nothing is kept')
})

t.test('what a process does not know may be known in a moment: no cache keeps that answer', async (t) => {
  const { fastify, ways } = await buildServer(t)
  const { headers } = await addPerson(fastify, 'person')
  for (const send of ways) {
    for (const [parameters, answer] of [[{ extensions: extensionsOf(QUERY) }, NOT_FOUND], [{ extensions: extensionsOf(QUERY, 2) }, NOT_SUPPORTED], [{ query: QUERY, extensions: extensionsOf(QUERY, '1') }, NOT_SUPPORTED]] as const) {
      t.strictSame(await send(parameters, { accept: 'application/json' }), { status: 200, cacheControl: 'no-store', answer })
      t.strictSame(await send(parameters, { accept: 'application/graphql-response+json' }), { status: 400, cacheControl: 'no-store', answer })
      t.strictSame(await send(parameters, headers), { status: 200, cacheControl: 'no-store', answer })
    }
  }
})

t.test('a document is never kept under the hash of another', async (t) => {
  const { ways } = await buildServer(t)
  const extensions = extensionsOf(QUERY)
  for (const send of ways) {
    t.match(await send({ query: '{ __typename }', extensions }), { status: 400, answer: { errors: [{ message: 'provided sha does not match query', extensions: { code: 'BAD_REQUEST' } }] } })
    t.match(await send({ extensions }), { answer: NOT_FOUND })
  }
})

t.test('what cannot be understood is refused', async (t) => {
  const { ways, post, url } = await buildServer(t)
  for (const send of ways) {
    for (const persistedQuery of ['text', 1, [], {}, { version: 1 }, { version: 1, sha256Hash: 1 }, { sha256Hash: 'a'.repeat(64) }]) {
      t.match(await send({ extensions: { persistedQuery } }), { status: 400, answer: { errors: [{ message: 'Invalid extensions.persistedQuery', extensions: { code: 'BAD_REQUEST' } }] } })
    }
    for (const parameters of [{}, { query: '' }, { extensions: {} }, { extensions: { persistedQuery: null } }]) {
      t.match(await send(parameters), { status: 400, answer: { errors: [{ message: 'Missing query', extensions: { code: 'BAD_REQUEST' } }] } })
    }
    for (const extensions of [[], 'null,', 5]) t.match(await send({ extensions }), { status: 400 })
    t.match(await send({ extensions: { persistedQuery: { version: 1, sha256Hash: '__proto__' } } }), { answer: NOT_FOUND })
  }
  t.match(await post({ query: 5, extensions: extensionsOf(QUERY) }), { status: 400 })
  t.match(await post({ query: null, extensions: extensionsOf(QUERY) }), { answer: NOT_FOUND })
  t.equal((await fetch(url)).status, 400)
  t.equal((await fetch(url, { method: 'POST', body: '' })).status, 415)
})

t.test('only what runs is kept', async (t) => {
  const { post } = await buildServer(t)
  const nested = '{ signals { edges { node { analyst { signals { edges { node { analyst { signals { edges { cursor } } } } } } } } } } }'
  for (const query of ['{', '{ nothing }', nested, JSON.stringify({ kind: 'Document' }), 'query ($id: ID!) { signal(id: $id) { id } }']) {
    t.match(await post({ query, extensions: extensionsOf(query) }), { answer: { data: undefined, errors: [{}] } })
    t.match(await post({ extensions: extensionsOf(query) }), { answer: NOT_FOUND }, query)
  }
  const withFault = '{ __typename me { userId } }'
  t.match(await post({ query: withFault, extensions: extensionsOf(withFault) }), { answer: { data: { me: null } } })
  t.match(await post({ extensions: extensionsOf(withFault) }), { answer: { data: { me: null } } })
})

t.test('changes are sent by POST, by hash too', async (t) => {
  const { fastify, get, post } = await buildServer(t)
  const { headers } = await addPerson(fastify, 'person')
  const query = 'mutation ($name: String) { updateProfile(input: { username: $name }) { username } }'
  const extensions = extensionsOf(query)
  const refused = { status: 405, answer: { errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] } }

  t.match(await get({ query, extensions, variables: { name: 'other' } }, headers), refused)
  t.match(await get({ extensions, variables: { name: 'other' } }, headers), { answer: NOT_FOUND })
  t.match(await post({ query, extensions, variables: { name: 'renamed' } }, headers), { answer: { data: { updateProfile: { username: 'renamed' } } } })
  t.match(await post({ extensions, variables: { name: 'again' } }, headers), { answer: { data: { updateProfile: { username: 'again' } } } })
  t.match(await get({ extensions, variables: { name: 'other' } }, headers), refused)
})

t.test('documents are kept in bounded memory, those in use the longest', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(sensible)
  const { keep, resolve } = createPersistedQueries(fastify)
  const paramsOf = (query: string): RequestParams => ({ query, extensions: extensionsOf(query) })
  const knows = (query: string) => 'query' in resolve({ ...paramsOf(query), query: '' })
  const add = (query: string) => keep(paramsOf(query))
  const pad = (i: number) => `{ a } # ${'x'.repeat(100_000)} ${i}`

  add('{ used }')
  add('{ unused }')
  for (let i = 0; i < 999; i++) {
    add(`{ a${i} }`)
    knows('{ used }')
  }
  t.strictSame([knows('{ used }'), knows('{ unused }'), knows('{ a998 }')], [true, false, true])

  for (let i = 0; i < 90; i++) add(pad(i))
  t.strictSame([knows('{ used }'), knows(pad(0)), knows(pad(89))], [false, false, true], 'bytes count too')
  add(`{ a } # ${'x'.repeat(102_400)}`)
  t.notOk(knows(`{ a } # ${'x'.repeat(102_400)}`), 'and one is bounded')
  keep({ query: '{ a }' })
  t.notOk(knows('{ a }'))
})
