import { createHash } from 'node:crypto'
import t from 'tap'
import { addPeople } from '../../people.ts'
import { buildGraphql, fillMarket, readsOf } from './client.ts'

const PUBLIC = 'query Ranking { topAnalysts(first: 2) { name rank signals(first: 2) { edges { node { symbol status } } } } }'
const PERSONAL = '{ signals(first: 2) { edges { node { symbol entry } } } }'

async function build (t: Parameters<typeof buildGraphql>[0], env = {}) {
  const { fastify, url } = await buildGraphql(t, env)
  await fillMarket(fastify)
  const post = (query: string, { variables = {}, headers = {} } = {}) => fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables })
  })
  return { fastify, url, post }
}

t.test('a query that is public by its fields is answered from ready bytes', async (t) => {
  const { fastify, post } = await build(t)
  const first = await post(PUBLIC)
  const body = await first.text()
  t.match(first.headers.get('cache-status'), /^sahm; fwd=miss; stored/)

  const reads = await readsOf(fastify, async () => {
    const again = await post(PUBLIC)
    t.equal(await again.text(), body)
    t.match(Object.fromEntries(again.headers), {
      'cache-status': /^sahm; hit/,
      'cache-control': 'public, max-age=10',
      vary: 'Accept, Accept-Encoding',
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': undefined
    })
  })
  t.strictSame(reads, [])
  t.match(await fastify.metrics.metrics(), /graphql_operation_duration_seconds_count\{operation="Ranking",outcome="ok"\} 2/)

  const other = await post(PUBLIC, { headers: { accept: 'application/graphql-response+json' } })
  t.match(other.headers.get('content-type'), /^application\/graphql-response\+json/)
  t.equal(await other.text(), body)
})

t.test('a query with anything for the caller alone is run each time', async (t) => {
  const { fastify, post } = await build(t)
  const { subscriber } = await addPeople(fastify)
  const entryOf = async (headers = {}) => {
    const answer = await post(PERSONAL, { headers })
    t.equal(answer.headers.get('cache-status'), null)
    return (await answer.json() as { data: { signals: { edges: [{ node: { entry: string | null } }] } } }).data.signals.edges[0].node.entry
  }
  t.equal(await entryOf(), null)
  t.type(await entryOf(subscriber.headers), 'string')
  t.equal(await entryOf(), null)
})

t.test('a public answer is private where it was asked for with credentials', async (t) => {
  const { fastify, post } = await build(t)
  const { user } = await addPeople(fastify)
  t.equal((await post(PUBLIC, { headers: user.headers })).headers.get('cache-control'), 'private, max-age=10')
})

t.test('a persisted query by GET is kept, with validators', async (t) => {
  const { fastify, url, post } = await build(t)
  const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(PUBLIC).digest('hex') }
  const get = (headers = {}) => fetch(`${url}?extensions=${encodeURIComponent(JSON.stringify({ persistedQuery }))}`, { headers })
  t.match(await (await get()).json(), { errors: [{ message: 'PersistedQueryNotFound' }] })
  await post(PUBLIC)
  const registering = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: PUBLIC, extensions: { persistedQuery } }) })
  t.match(registering.headers.get('cache-status'), /hit/, 'the document is learnt from a kept answer too')

  const reads = await readsOf(fastify, async () => {
    const answer = await get({ 'accept-encoding': 'br' })
    const etag = answer.headers.get('etag') ?? ''
    t.match(answer.headers.get('cache-status'), /hit/)
    const unchanged = await get({ 'accept-encoding': 'br', 'if-none-match': etag })
    t.equal(unchanged.status, 304)
    t.equal(await unchanged.text(), '')
  })
  t.strictSame(reads, [])
})

t.test('a change is seen by the next query', async (t) => {
  const { fastify, post } = await build(t)
  const best = async () => (await (await post(PUBLIC)).json() as { data: { topAnalysts: [{ name: string }] } }).data.topAnalysts[0].name
  const name = await best()
  const { items: [analyst] } = await fastify.analystsRepository.list({ sort: 'rank', active: true, limit: 1 })
  await fastify.analystsRepository.update(String(analyst?._id), { name: `${name} II` })
  t.equal(await best(), `${name} II`)
})

t.test('variables and operations are answers of their own', async (t) => {
  const { post } = await build(t)
  const query = 'query Q($n: Int) { topAnalysts(first: $n) { name } }'
  const count = async (n: number) => (await (await post(query, { variables: { n } })).json() as { data: { topAnalysts: unknown[] } }).data.topAnalysts.length
  t.strictSame([await count(1), await count(2), await count(1)], [1, 2, 1])
})

t.test('a request whose variables nobody means is not kept', async (t) => {
  const { post } = await build(t)
  let nested: unknown = 1
  for (let level = 0; level < 40; level++) nested = [nested]
  const answer = await post('query Q($n: Int) { topAnalysts(first: $n) { name } }', { variables: { n: 1, nested } })
  t.equal(answer.headers.get('cache-status'), null)
  t.match(await answer.json(), { errors: [{ extensions: { code: 'INPUT_TOO_DEEP' } }] })
})

t.test('a result with errors is not kept', async (t) => {
  const { fastify, post } = await build(t)
  const faulty = 'query { topAnalysts(first: 99) { name } }'
  t.match(await (await post(faulty)).json(), { errors: [{}] })
  t.equal((await post(faulty)).headers.get('cache-status'), null)
  await fastify.mongo.client.close()
  t.match(await (await post(PUBLIC)).json(), { errors: [{}] })
  await fastify.mongo.client.connect()
  t.match(await (await post(PUBLIC)).json(), { errors: undefined, data: {} })
})

t.test('left out by name nothing is kept', async (t) => {
  const { post } = await build(t, { OPTIMIZATIONS_OFF: 'response-cache' })
  await post(PUBLIC)
  t.equal((await post(PUBLIC)).headers.get('cache-status'), null)
})

t.test('a fault of the store is a fault of the request', async (t) => {
  const { fastify, post } = await build(t)
  t.intercept(fastify.responseCache, 'make', { value: async () => { throw new Error('broken') } })
  t.equal((await post(PUBLIC)).status, 500)
})
