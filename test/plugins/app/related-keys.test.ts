import t from 'tap'
import { buildApp } from '../../helper.ts'
import { addAnalyst, addPerson, BUY } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

t.test('a declaration says which tags a document has, and a write invalidates them', async (t) => {
  const { cache, relatedKeys } = await buildRepositories(t)
  const changed = relatedKeys.declare('coins', { name: true }, ({ name }: { name: string }) => ['coins', `coin:${name}`])
  let loads = 0
  const coin = cache.define({ name: 'coin', ttlMs: 60_000, tags: (name: string) => [`coin:${name}`], load: async (name: string) => ({ name, load: ++loads }) })

  t.ok(relatedKeys.collections().includes('coins'))
  t.strictSame(relatedKeys.tagsOf('coins', { name: 'BTC' }), ['coins', 'coin:BTC'])
  t.equal(relatedKeys.tagsOf('coins', { symbol: 'BTC' }), undefined, 'what the tags are made of is missing')
  t.strictSame(relatedKeys.tagsOf('stamps', {}), [], 'nothing depends on it')
  t.equal((await coin.get('BTC')).load, 1)
  t.equal((await coin.get('ETH')).load, 2)
  await changed({ name: 'BTC' })
  t.equal((await coin.get('BTC')).load, 3)
  t.equal((await coin.get('ETH')).load, 2)
})

t.test('every write through the API is seen by the next read of whatever shows it', async (t) => {
  const fastify = await buildApp(t)
  const analyst = await addAnalyst(fastify, 'analyst')
  const admin = await addPerson(fastify, 'admin', { tier: 'admin' })
  const read = async (url: string) => (await fastify.inject({ url, headers: analyst.headers })).json<Record<string, unknown>>()
  const send = (method: 'POST' | 'PATCH', url: string, payload: object, headers: Record<string, string>) => fastify.inject({ method, url, payload, headers })
  const profile = `/v1/analysts/${analyst.analyst_id}`
  const pages = [profile, '/v1/analysts', `${profile}/signals`, '/v1/signals']
  const readAll = () => Promise.all(pages.map(read))

  await readAll()
  t.equal((await send('PATCH', profile, { name: 'Renamed' }, admin.headers)).statusCode, 200)
  t.match(await readAll(), [{ name: 'Renamed' }, { data: [{ name: 'Renamed' }] }])

  const created = (await send('POST', '/v1/signals', BUY, analyst.headers)).json<{ id: string }>()
  t.match(await readAll(), [{}, {}, { data: [{ id: created.id }] }, { data: [{ id: created.id }] }])
  t.match(await read(`/v1/signals/${created.id}`), { status: 'active' })

  await send('PATCH', `/v1/signals/${created.id}`, { status: 'hit' }, { ...analyst.headers, 'if-match': '"1"' })
  t.match(await read(`/v1/signals/${created.id}`), { status: 'hit' })
  t.match(await readAll(), [{}, {}, { data: [{ status: 'hit' }] }, { data: [{ status: 'hit' }] }])
})
