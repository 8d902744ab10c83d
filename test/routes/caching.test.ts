import assert from 'node:assert/strict'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import type { LightMyRequestResponse } from 'fastify'
import { addPeople, BUY, type Person } from '../people.ts'
import { buildApp, databaseName } from '../helper.ts'

type Send = { kind: 'read', who: string, url: string, encoding: string } | { kind: 'query', who: string, query: string, encoding: string } | { kind: 'write', who: 'close' | 'publish' | 'rename' | 'demote' }
type Read = Exclude<Send, { kind: 'write' }>

const WHO = ['nobody', 'user', 'stranger', 'subscriber', 'lapsed', 'analyst', 'rival', 'admin']
const PATHS = ['/v1/signals?limit=3', '/v1/signals?limit=3&status=active', '/v1/signals/:signal', '/v1/analysts?limit=5', '/v1/analysts/:analyst', '/v1/analysts/:analyst/signals', '/v1/users/me', '/v1/users/me/stats', '/v1/transactions']
const QUERIES = [
  '{ signals(first: 3) { edges { node { symbol status } } } }',
  '{ signals(first: 3) { edges { node { symbol entry stopLoss } } } }',
  '{ topAnalysts(first: 3) { name user { username } signals(first: 1) { edges { node { symbol } } } } }',
  '{ topAnalysts(first: 1) { user { balance } } }',
  '{ me { username balance } }'
]

const send = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('read' as const), who: fc.constantFrom(...WHO), url: fc.constantFrom(...PATHS), encoding: fc.constantFrom('identity', 'gzip', 'br') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('query' as const), who: fc.constantFrom(...WHO), query: fc.constantFrom(...QUERIES), encoding: fc.constantFrom('identity', 'gzip', 'br') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('write' as const), who: fc.constantFrom('close' as const, 'publish' as const, 'rename' as const, 'demote' as const) }) }
)

/** JSON with the names of each object in order: the first, interpreted run of a query may have another order than later ones. */
function canonical (text: string): string {
  return JSON.stringify(JSON.parse(text), (name, value: unknown) => {
    if (name === 'instance') return undefined
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value
  })
}

/** Whatever its encoding, as text. */
function plainText ({ headers, rawPayload }: LightMyRequestResponse): string {
  const encoding = headers['content-encoding']
  const plain = encoding === 'br' ? brotliDecompressSync(rawPayload) : encoding === 'gzip' ? gunzipSync(rawPayload) : rawPayload
  return plain.toString()
}

t.test('whoever asks for what, in any order and encoding, gets what a server without caches answers', async (t) => {
  const env = { MONGODB_DATABASE: `${databaseName()}-same`, JWT_SECRET: 'one secret for both of the servers' }
  const cached = await buildApp(t, { env })
  const uncached = await buildApp(t, { env: { ...env, MONGODB_URI: cached.databaseAddress, DEMO_DATA: false, OPTIMIZATIONS_OFF: 'value-cache,response-cache' } })
  const origin = await cached.listen({ host: '127.0.0.1', port: 0 })
  const everybody = await addPeople(cached)
  const { analyst: owner, stranger } = everybody
  const { analyst_id: analyst } = owner
  const people: Record<string, Person> = everybody
  const publish = () => cached.signals.create(owner.caller, BUY)
  const signals = [await publish(), await publish()]
  let names = 0

  const writes = {
    async close () {
      const open = signals.find(({ status }) => status === 'active') ?? signals[signals.push(await publish()) - 1]
      if (open) Object.assign(open, await cached.signals.update(owner.caller, open.id, null, { status: 'hit' }))
    },
    async publish () { signals.unshift(await publish()) },
    async rename () { await cached.analystsRepository.update(analyst, { name: `Name ${++names}` }) },
    async demote () { await cached.usersRepository.update(stranger.user_id, { tier: names % 2 === 0 ? 'free' : 'vip' }) }
  }

  function requestOf (sent: Read): { method: 'GET' | 'POST', url: string, headers: Record<string, string>, body?: string } {
    const headers = { ...people[sent.who]?.headers, 'accept-encoding': sent.encoding }
    if (sent.kind === 'read') return { method: 'GET', url: sent.url.replace(':signal', signals[0]?.id ?? '').replace(':analyst', analyst), headers }
    return { method: 'POST', url: '/graphql', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ query: sent.query }) }
  }

  /** Over a socket, where kept answers take the shortest way; a personal answer that anybody else might keep is a fault by itself. */
  async function askCached (sent: Read): Promise<string> {
    const { url, ...request } = requestOf(sent)
    const answer = await fetch(`${origin}${url}`, request)
    if (sent.who !== 'nobody' && /public/.test(String(answer.headers.get('cache-control')))) throw new Error(`an answer to ${sent.who} is public`)
    return canonical(await answer.text())
  }

  async function askUncached (sent: Read): Promise<string> {
    return canonical(plainText(await uncached.inject(requestOf(sent))))
  }

  let asked = 0
  await fc.assert(fc.asyncProperty(fc.array(send, { minLength: 5, maxLength: 40 }), async (sequence) => {
    for (const sent of sequence) {
      if (sent.kind === 'write') await writes[sent.who]()
      else assert.equal(await askCached(sent), await askUncached(sent))
      asked += 1
    }
  }), { numRuns: 40 })
  const text = await cached.metrics.metrics()
  const kept = Number(/response_cache_answers_total\{outcome="hit"\} (\d+)/.exec(text)?.[1])
  t.ok(kept > asked / 20, `${kept} of ${asked} from the cache`)
})
