import { randomUUID } from 'node:crypto'
import type { Answer, MoneyPath } from '../operation.ts'

/** demo-vip. */
const USER = 2

const idOf = ({ body }: Answer): string => (JSON.parse(body) as { id: string }).id

/** A user withdraws; a worker has it paid. */
export const withdrawals: MoneyPath = {
  name: 'withdrawals',
  roles: ['api', 'worker'],

  async prepare (world, random) {
    const key = randomUUID()
    const address = await world.documents('withdrawal_addresses').findOne({ user_id: USER })
    const amount = `${random.between(10, 900)}.000000`
    return {
      title: `withdrawal ${key}`,
      key: `user:${USER} ${key}`,
      request: () => ({
        method: 'POST',
        path: '/v1/withdrawals',
        headers: { authorization: world.as('demo-vip'), 'idempotency-key': key },
        body: JSON.stringify({ amount, wallet_address: String(address?.address), network: String(address?.network) })
      }),
      async faults (answer) {
        if (answer.status !== 201) return [`answered ${answer.status} ${answer.body}`]
        const id = idOf(answer)
        const entries = await world.documents('transactions').find({ reference: `withdrawal:${id}` }).toArray()
        const payment = (await world.payments()).get(id)
        const isPaid = payment?.status === 'paid' && payment.amount === amount
        const expected = isPaid ? 'withdrawal' : 'withdrawal,refund'
        const kinds = entries.map(({ kind }) => String(kind)).join()
        return [
          ...(kinds === expected ? [] : [`${isPaid ? 'paid' : 'not paid'}, with the entries '${kinds}'`]),
          ...(isPaid === (await world.documents('withdrawals').countDocuments({ transaction_id: entries[0]?._id, status: 'paid' }) === 1) ? [] : ['the provider and the withdrawal say something else'])
        ]
      }
    }
  },

  async strays (world, answers) {
    const known = new Set(answers.map(idOf))
    const debits = await world.documents('transactions').find({ kind: 'withdrawal', created_at: { $gte: world.startedAt } }).toArray()
    return debits.map(({ reference }) => String(reference).slice('withdrawal:'.length)).filter((id) => !known.has(id)).map((id) => `nobody was answered the withdrawal ${id}`)
  }
}
