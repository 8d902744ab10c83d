import t from 'tap'
import { buildApp } from '../helper.ts'
import { addAnalyst, addPeople, addPerson, BUY } from '../people.ts'

t.test('analysts are listed best first or newest first, active or not', async (t) => {
  const fastify = await buildApp(t)
  const admin = await addPerson(fastify, 'admin', { tier: 'admin' })
  for (const [i, rank] of [5, 50, 20].entries()) {
    const { user_id: userId } = await addPerson(fastify, `person-${i}`)
    await fastify.inject({ method: 'POST', url: '/v1/analysts', headers: admin.headers, payload: { user_id: userId, name: `Rank ${rank}`, rank, is_active: rank !== 20 } })
  }
  const namesAt = async (url: string) => (await fastify.inject(url)).json<{ data: { name: string }[] }>().data.map(({ name }) => name)

  t.strictSame(await namesAt('/v1/analysts'), ['Rank 50', 'Rank 20', 'Rank 5'])
  t.strictSame(await namesAt('/v1/analysts?sort=-created_at'), ['Rank 20', 'Rank 50', 'Rank 5'])
  t.strictSame(await namesAt('/v1/analysts?active=true&fields=name'), ['Rank 50', 'Rank 5'])
  t.strictSame(await namesAt('/v1/analysts?active=false'), ['Rank 20'])
})

t.test('admins appoint analysts and change them', async (t) => {
  const fastify = await buildApp(t)
  await fastify.indexes.ensure()
  const { admin, user } = await addPeople(fastify)
  const { headers } = admin
  const payload = { user_id: user.user_id, name: 'Layla' }
  const created = await fastify.inject({ method: 'POST', url: '/v1/analysts', headers, payload })
  const { id } = created.json<{ id: string }>()

  t.equal(created.statusCode, 201)
  t.equal(created.headers.location, `/v1/analysts/${id}`)
  t.match(created.json(), { ...payload, bio: '', rank: 0, is_active: true })
  t.match(await fastify.usersRepository.findById(user.user_id), { tier: 'analyst' })
  t.match((await fastify.inject({ method: 'POST', url: '/v1/analysts', headers, payload })).json(), { status: 409, code: 'ANALYST_EXISTS' })
  t.match((await fastify.inject({ method: 'PATCH', url: `/v1/analysts/${id}`, headers, payload: { rank: 7 } })).json(), { id, rank: 7, name: 'Layla' })
  t.strictSame((await fastify.inject(`/v1/analysts/${id}?fields=name,rank`)).json(), { name: 'Layla', rank: 7 })
})

t.test('what is not there is not found', async (t) => {
  const fastify = await buildApp(t)
  const { headers } = await addPerson(fastify, 'admin', { tier: 'admin' })
  const url = `/v1/analysts/${'f'.repeat(24)}`

  t.equal((await fastify.inject(url)).statusCode, 404)
  t.equal((await fastify.inject(`${url}/signals`)).statusCode, 404)
  t.equal((await fastify.inject({ method: 'PATCH', url, headers, payload: { rank: 1 } })).statusCode, 404)
})

t.test("an analyst's signals are listed as the reader may see them", async (t) => {
  const fastify = await buildApp(t)
  const { analyst, rival, subscriber } = await addPeople(fastify)
  const silent = await addAnalyst(fastify, 'silent')
  await fastify.signals.create(rival.caller, BUY)
  const { id } = await fastify.signals.create(analyst.caller, BUY)
  const url = `/v1/analysts/${analyst.analyst_id}/signals`

  t.match((await fastify.inject(url)).json(), { data: [{ id, entry: null }], next_cursor: null })
  t.match((await fastify.inject({ url: `${url}?status=active&symbol=BTCUSDT`, headers: subscriber.headers })).json(), { data: [{ id, entry: BUY.entry }] })
  t.strictSame((await fastify.inject(`${url}?symbol=ETHUSDT`)).json(), { data: [], next_cursor: null })
  t.strictSame((await fastify.inject(`/v1/analysts/${silent.analyst_id}/signals`)).json(), { data: [], next_cursor: null })
})
