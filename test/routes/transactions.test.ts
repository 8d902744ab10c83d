import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople } from '../people.ts'

t.test('users list their own transactions, admins all or those of one user', async (t) => {
  const fastify = await buildApp(t)
  const { user, stranger, admin } = await addPeople(fastify)
  await fastify.mongo.db?.collection('transactions').insertMany([user, stranger, user].map((person, i) => ({
    user_id: person.user_id, kind: 'withdrawal', amount: -1_000_000, status: 'pending', reference: `w-${i}`, created_at: new Date(Date.UTC(2026, 0, 1 + i))
  })))
  const referencesAt = async (url: string, headers: { authorization: string }) =>
    (await fastify.inject({ url, headers })).json<{ data: { reference: string }[] }>().data.map(({ reference }) => reference)

  t.strictSame(await referencesAt('/v1/transactions', user.headers), ['w-2', 'w-0'])
  t.strictSame(await referencesAt(`/v1/transactions?user_id=${user.user_id}&limit=1`, user.headers), ['w-2'])
  t.strictSame(await referencesAt('/v1/transactions', admin.headers), ['w-2', 'w-1', 'w-0'])
  t.strictSame(await referencesAt(`/v1/transactions?user_id=${stranger.user_id}`, admin.headers), ['w-1'])
  const item = await fastify.inject({ url: '/v1/transactions?limit=1&fields=amount,kind', headers: user.headers })
  t.strictSame(item.json().data, [{ kind: 'withdrawal', amount: '-1.000000' }])
})
