import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { applyAll, eventOf } from '../../../callbacks.ts'
import { buildApp } from '../../../helper.ts'
import { addPerson } from '../../../people.ts'

const STATUSES = ['pending', 'failed', 'succeeded', 'refunded'] as const

/** What is told of each of a few payments: each of its events once or more, in any order among those of the others. */
const tellings = fc.array(fc.record({ amount: fc.integer({ min: 1, max: 999 }), statuses: fc.uniqueArray(fc.constantFrom(...STATUSES), { minLength: 1 }) }), { minLength: 1, maxLength: 4 })
  .chain((payments) => {
    const events = payments.flatMap(({ amount, statuses }, payment) => statuses.map((status) => ({ payment, amount, status })))
    return fc.record({
      payments: fc.constant(payments),
      order: fc.array(fc.nat(events.length - 1), { maxLength: events.length }).chain((again) => fc.shuffledSubarray([...events, ...again.map((index) => events[index])], { minLength: events.length + again.length })),
      /** After how many events jobs run. */
      pace: fc.integer({ min: 1, max: 4 })
    })
  })

async function differencesOf ({ ledger }: FastifyInstance) {
  const found = []
  for await (const difference of ledger.differences()) found.push(difference)
  return found
}

t.test('any order of the same events, however often each is sent, ends in the same balances', async (t) => {
  const fastify = await buildApp(t)
  let run = 0
  await fc.assert(fc.asyncProperty(tellings, async ({ payments, order, pace }) => {
    run += 1
    const { user_id: id } = await addPerson(fastify, `payer-${run}`, { balance: 0 })
    for (const [index, event] of order.entries()) {
      const { payment, amount, status } = event as typeof order[number] & object
      await fastify.payments.receive('acme', eventOf({
        id: `evt_${run}_${payment}_${status}`, type: `payment.${status}`, data: { payment_id: `pay_${run}_${payment}`, user_id: id, amount: `${amount}.000000` }
      }))
      if (index % pace === 0) await applyAll(fastify)
    }
    await applyAll(fastify)

    const paid = payments.filter(({ statuses }) => statuses.includes('succeeded') && !statuses.includes('refunded'))
    const expected = paid.reduce((sum, { amount }) => sum + amount * 1_000_000, 0)
    const user = await fastify.documents.collection('users').findOne({ user_id: id })
    if (user?.balance !== expected) throw new Error(`${user?.balance} instead of ${expected}`)
    const waiting = await fastify.documents.collection('payment_events').countDocuments({ status: { $nin: ['applied', 'ignored'] } })
    if (waiting > 0) throw new Error(`${waiting} events are not done`)
  }), { numRuns: 30 })

  t.strictSame(await differencesOf(fastify), [])
})
