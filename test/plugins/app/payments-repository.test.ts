import t from 'tap'
import type { CommandStartedEvent } from 'mongodb'
import paymentsRepository from '../../../plugins/app/payments-repository.ts'
import type { PaymentEventDocument } from '../../../schemas/payment-events.ts'
import type { PaymentDocument } from '../../../schemas/payments.ts'
import { buildRepositories } from '../../services.ts'

/** Payments and events 0 to 4: 0, 3 and 4 belong to user 1, the others to user 2; 1 and 2 came at the same time. */
async function build (t: Parameters<typeof buildRepositories>[0]) {
  const fastify = await buildRepositories(t)
  await fastify.register(paymentsRepository)
  await fastify.ready()
  const times = [[1, 0], [2, 1], [2, 1], [1, 2], [1, 3]] as const
  const at = (time: number) => ({ created_at: new Date(time), updated_at: new Date(time) })
  await fastify.documents.collection<PaymentDocument>('payments').insertMany(times.map(([userId, time], n) =>
    ({ _id: `acme.pay_${n}`, provider: 'acme', user_id: userId, amount: n, status: 'succeeded', ...at(time) })))
  await fastify.documents.collection<PaymentEventDocument>('payment_events').insertMany(times.map(([userId, time], n) => ({
    _id: `acme.evt_${n}`, provider: 'acme', type: 'payment.succeeded', payment_id: `acme.pay_${n}`, user_id: userId, amount: n, digest: '', status: userId === 1 ? 'applied' : 'failed', reason: null, occurred_at: new Date(), created_at: new Date(time), settled_at: null
  })))
  const sent: Record<string, unknown>[] = []
  fastify.mongo.client.on('commandStarted', ({ command }: CommandStartedEvent) => sent.push(command))
  return { repository: fastify.paymentsRepository, sent }
}

const amountsOf = (items: readonly { amount: number | null }[]) => items.map(({ amount }) => amount)

t.test('payments are listed from new to old, of all or of one user', async (t) => {
  const { repository } = await build(t)
  const first = await repository.list({ limit: 2 })

  t.strictSame(amountsOf(first.items), [4, 3])
  const second = await repository.list({ limit: 1, cursor: first.nextCursor ?? '' })
  t.strictSame(amountsOf(second.items), [2])
  t.strictSame(amountsOf((await repository.list({ limit: 3, cursor: second.nextCursor ?? '' })).items), [1, 0], 'the identifier decides between equal times')
  t.strictSame(amountsOf((await repository.list({ limit: 9, user_id: 1 })).items), [4, 3, 0])
  await t.rejects(repository.list({ limit: 1, cursor: 'nonsense' }), { statusCode: 400, code: 'INVALID_CURSOR' })
  const otherType = Buffer.from('["payments",1,{"$gt":""}]').toString('base64url')
  await t.rejects(repository.list({ limit: 1, cursor: otherType }), { statusCode: 400, code: 'INVALID_CURSOR' })
})

t.test('the first pages of many users take one command', async (t) => {
  const { repository, sent } = await build(t)
  const pages = await repository.pagesForUsers([1, 2, 3], { limit: 2 })

  t.equal(sent.length, 1)
  t.strictSame([...pages].map(([userId, { items }]) => [userId, amountsOf(items)]), [[1, [4, 3]], [2, [2, 1]], [3, []]])
})

t.test('events are listed from new to old, of all or of one status', async (t) => {
  const { repository } = await build(t)
  const first = await repository.listEvents({ limit: 3 })

  t.strictSame(amountsOf(first.items), [4, 3, 2])
  t.strictSame(amountsOf((await repository.listEvents({ limit: 3, cursor: first.nextCursor ?? '' })).items), [1, 0])
  t.strictSame(amountsOf((await repository.listEvents({ limit: 9, status: 'failed' })).items), [2, 1])
  t.match(await repository.findEvent('acme.evt_3'), { amount: 3 })
  t.equal(await repository.findEvent('acme.evt_9'), null)
})
