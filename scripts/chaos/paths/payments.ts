import { randomUUID } from 'node:crypto'
import { signCallback } from '../../callbacks/sign.ts'
import type { MoneyPath } from '../operation.ts'
import { PROVIDER } from '../server.ts'

const USER = 1
const MICROS = 1_000_000

/** A provider tells that a user has paid in; a worker puts it on the balance. */
export const payments: MoneyPath = {
  name: 'payments',
  roles: ['api', 'worker'],

  async prepare (world, random) {
    const id = randomUUID()
    const amount = random.between(1, 500)
    const body = JSON.stringify({ id, type: 'payment.succeeded', created: new Date(), data: { payment_id: id, user_id: USER, amount: `${amount}.000000` } })
    return {
      title: `payment ${id}`,
      // a signature is good for minutes
      request: () => ({
        method: 'POST',
        path: `/v1/payments/callbacks/${PROVIDER.name}`,
        headers: { 'sahm-signature': signCallback(body, [PROVIDER.secret]) },
        body
      }),
      async faults ({ status }) {
        if (status !== 202) return [`answered ${status}`]
        const entries = await world.documents('transactions').find({ user_id: USER, reference: `payment ${PROVIDER.name}.${id}` }).toArray()
        if (entries.length !== 1) return [`${entries.length} entries instead of one`]
        return entries[0]?.amount === amount * MICROS ? [] : ['its entry has another amount']
      }
    }
  },

  async strays (world, answers) {
    const count = await world.documents('payment_events').countDocuments({ status: 'applied' })
    return count === answers.length ? [] : [`${count} events were applied, of ${answers.length}`]
  }
}
