import t from 'tap'
import type { Behaviour } from '../../../../scripts/payouts/behaviour.ts'
import type { WithdrawalStatus } from '../../../../schemas/withdrawals.ts'
import { addJob, entriesOf, until } from '../../../jobs.ts'
import { addHolder, ADDRESS, buildWithProvider, clientOf, differencesOf, hurry, kindsOf, untilStatus } from '../../../withdrawals.ts'

/** Longer than the server waits. */
const LONG_MS = 1500
const LIES = ['id', 'amount', 'address', 'status', 'json', 'shape', 'huge', 'redirect'] as const

const BEHAVIOURS: Array<[Partial<Behaviour>, WithdrawalStatus]> = [
  [{ mode: 'ok' }, 'paid'],
  [{ mode: 'slow', delay_ms: 50 }, 'paid'],
  [{ mode: 'slow', times: 1, delay_ms: LONG_MS }, 'paid'],
  [{ mode: 'late', times: 1, delay_ms: LONG_MS }, 'paid'],
  [{ mode: 'refuse' }, 'refused'],
  [{ mode: 'pending', delay_ms: 100 }, 'paid'],
  [{ mode: 'busy', times: 1 }, 'paid'],
  [{ mode: 'busy', times: 2, status: 429 }, 'paid'],
  [{ mode: 'drop-before', times: 1 }, 'paid'],
  [{ mode: 'drop-after', times: 1 }, 'paid'],
  [{ mode: 'fail-before', times: 1 }, 'paid'],
  [{ mode: 'fail-after', times: 1 }, 'paid'],
  [{ mode: 'drop-before', on: 'all', times: 3 }, 'paid'],
  [{ mode: 'drop-after', on: 'all', times: 3 }, 'paid'],
  [{ mode: 'fail-after', on: 'all', times: 3 }, 'paid'],
  ...LIES.map((lie): [Partial<Behaviour>, WithdrawalStatus] => [{ mode: 'lie', lie, on: 'all', times: 2 }, 'paid'])
]

t.test('whatever the provider does, what the user is told, the balance and the provider’s book agree', async (t) => {
  const { fastify, sandbox } = await buildWithProvider(t)
  for (const [n, [behaviour, status]] of BEHAVIOURS.entries()) {
    const name = JSON.stringify(behaviour)
    const client = clientOf(fastify, await addHolder(fastify, `user-${n}`, { balance: 100_000_000 }))
    sandbox.control(behaviour)
    const { id } = (await client.withdraw('60.000000')).json<{ id: string }>()
    await untilStatus(fastify, client, id, status)

    const isPaid = status === 'paid'
    t.match(await client.withdrawal(id), { status, reference: isPaid ? /^0x/ : null, reason: isPaid ? null : 'The address is on a list' }, name)
    t.equal(await client.balance(), isPaid ? '40.000000' : '100.000000', name)
    t.strictSame(await kindsOf(fastify, id), isPaid ? ['withdrawal'] : ['refund', 'withdrawal'], name)
    t.match((await sandbox.payments()).filter((payment) => payment.id === id), [{ id, amount: '60.000000', network: 'ERC20', address: ADDRESS, status }], name)
    t.equal(await entriesOf(fastify).countDocuments({}), 0, name)
  }
  t.equal((await sandbox.payments()).length, BEHAVIOURS.length, 'each once')
  t.strictSame(await differencesOf(fastify), [])
})

t.test('what nobody knows is unknown to its user too, until the provider says more', async (t) => {
  let ahead = 0
  const { fastify, sandbox } = await buildWithProvider(t, { options: { clock: () => Date.now() + ahead } })
  const client = clientOf(fastify, await addHolder(fastify, 'user', { balance: 100_000_000 }))
  sandbox.control({ mode: 'pending', delay_ms: 100_000 })
  const { id } = (await client.withdraw('60.000000')).json<{ id: string }>()
  const lastError = async () => (await entriesOf(fastify).findOne({ subject: id }))?.last_error
  await until(async () => await lastError() === 'The provider works on it')
  t.match(await client.withdrawal(id), { status: 'processing', reason: null })

  sandbox.control({ mode: 'fail-before', on: 'look_up' })
  await untilStatus(fastify, client, id, 'unknown')
  t.match(await client.withdrawal(id), { status: 'unknown', reference: null, reason: 'status 500 without a statement' })
  t.equal(await client.balance(), '40.000000', 'not returned')
  t.match(await client.cancel(id), { statusCode: 409 })

  await entriesOf(fastify).updateOne({ subject: id }, { $set: { attempts: 1 } })
  sandbox.control({})
  await untilStatus(fastify, client, id, 'processing')
  t.match(await client.withdrawal(id), { status: 'processing', reason: null })
  ahead = 100_001
  await untilStatus(fastify, client, id, 'paid')
  t.equal(await client.balance(), '40.000000')
})

t.test('a withdrawal that is not there is no payment', async (t) => {
  const { fastify, sandbox } = await buildWithProvider(t)
  await addJob(fastify, 'nothing')
  fastify.outbox.nudge()
  await until(async () => (await entriesOf(fastify).findOne({ subject: 'nothing' }))?.last_error === 'There is no such withdrawal')
  await hurry(fastify)
  t.equal(sandbox.requests(), 0)
})
