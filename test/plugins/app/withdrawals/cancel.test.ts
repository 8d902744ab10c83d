import t from 'tap'
import { entriesOf, until } from '../../../jobs.ts'
import { addHolder, buildWithProvider, clientOf, differencesOf, hurry, kindsOf, untilStatus } from '../../../withdrawals.ts'

t.test('what nobody has begun to pay is taken back, once', async (t) => {
  const { fastify, sandbox } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const { id, created_at: createdAt } = (await client.withdraw('60.000000')).json<{ id: string, created_at: string }>()
  t.equal(await client.balance(), '9940.000000')

  const cancelled = await client.cancel(id, 'cancel')
  t.match(cancelled.json(), { id, status: 'cancelled', reference: null, reason: null, created_at: createdAt })
  t.match(await client.withdrawal(id), { status: 'cancelled' })
  const again = await client.cancel(id, 'cancel')
  t.match(again, { body: cancelled.body, headers: { 'idempotent-replayed': 'true' } })
  t.match((await client.cancel(id)).json(), { status: 409, code: 'WITHDRAWAL_STARTED' })
  t.equal(await client.balance(), '10000.000000')
  t.strictSame(await kindsOf(fastify, id), ['refund', 'withdrawal'])
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
  t.match((await client.cancel('0'.repeat(24))).json(), { status: 404 })
  t.equal((await client.cancel('nothing')).statusCode, 400)
  const stranger = clientOf(fastify, await addHolder(fastify, 'stranger'))
  const { id: other } = (await client.withdraw('60.000000')).json<{ id: string }>()
  t.match((await stranger.cancel(other)).json(), { status: 404 })
  const admin = clientOf(fastify, await addHolder(fastify, 'admin', { tier: 'admin' }))
  t.match((await admin.cancel(other)).json(), { status: 404 }, 'not even an admin does it for somebody')
  t.equal(sandbox.requests(), 0)
})

t.test('of many cancellations at once one returns the money', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const { id } = (await client.withdraw('60.000000')).json<{ id: string }>()
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.cancel(id)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, ...Array.from({ length: 9 }, () => 409)])
  t.equal(await client.balance(), '10000.000000')
})

t.test('once somebody is at it, it is too late, even before the provider is asked', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const { id } = (await client.withdraw('60.000000')).json<{ id: string }>()
  const [entry] = await fastify.outbox.held.due(['withdrawal'], 1)
  if (!entry) throw new Error('There is no job')
  const held = await fastify.outbox.held.take(entry._id)
  t.match((await client.cancel(id)).json(), { status: 409, code: 'WITHDRAWAL_STARTED' })
  if (held) await fastify.outbox.held.release(held)
  t.match((await client.cancel(id)).json(), { status: 'cancelled' }, 'given back as if it had not been begun')
})

t.test('cancelled while a worker takes it, it is either returned or paid', async (t) => {
  const { fastify, sandbox } = await buildWithProvider(t)
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const made = await Promise.all(Array.from({ length: 20 }, async () => {
    const { id } = (await client.withdraw('20.000000')).json<{ id: string }>()
    return { id, isCancelled: (await client.cancel(id)).statusCode === 200 }
  }))
  await until(async () => {
    await hurry(fastify)
    return await entriesOf(fastify).countDocuments({}) === 0
  })
  const paid = new Set((await sandbox.payments()).map(({ id }) => id))
  for (const { id, isCancelled } of made) {
    await untilStatus(fastify, client, id, isCancelled ? 'cancelled' : 'paid')
    t.equal(paid.has(id), !isCancelled)
    t.strictSame(await kindsOf(fastify, id), isCancelled ? ['refund', 'withdrawal'] : ['withdrawal'])
  }
  t.equal(await client.balance(), `${10_000 - 20 * paid.size}.000000`)
  t.strictSame(await differencesOf(fastify), [])
})
