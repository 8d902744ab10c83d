import t from 'tap'
import { entriesOf, until } from '../../../jobs.ts'
import { addPerson } from '../../../people.ts'
import { addHolder, ADDRESS, buildWithProvider, clientOf } from '../../../withdrawals.ts'

t.test('a withdrawal is debited at once, paid, and then its user’s to see', async (t) => {
  const { fastify, sandbox } = await buildWithProvider(t)
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const made = await client.withdraw('250.000000')
  t.equal(made.statusCode, 201)
  const { id } = made.json<{ id: string }>()
  t.match(made.json(), { amount: '250.000000', wallet_address: ADDRESS, network: 'ERC20', priority: 4, status: 'queued', reference: null, reason: null })
  t.equal(await client.balance(), '9750.000000')

  await until(async () => (await client.withdrawal(id)).status === 'paid')
  t.match(await client.withdrawal(id), { status: 'paid', reference: /./, reason: null })
  t.equal(await client.balance(), '9750.000000')
  t.match((await client.get('/v1/withdrawals')).json(), { data: [{ id, status: 'paid' }], next_cursor: null })
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
  const stranger = clientOf(fastify, await addPerson(fastify, 'stranger'))
  t.equal((await stranger.get(`/v1/withdrawals/${id}`)).statusCode, 404)
  t.equal((await stranger.cancel(id)).statusCode, 404)
  t.ok(sandbox.url)
})

t.test('of a hundred at once that need the whole balance one is made', async (t) => {
  const { fastify } = await buildWithProvider(t)
  const client = clientOf(fastify, await addHolder(fastify, 'user', { balance: 100_000_000 }))
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.withdraw('100.000000')))
  t.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 1)
  t.ok(answers.every(({ statusCode, body }) => statusCode === 201 || body.includes('INSUFFICIENT_BALANCE')), answers.map(({ statusCode }) => statusCode).join())
  t.equal(await client.balance(), '0.000000')
})
