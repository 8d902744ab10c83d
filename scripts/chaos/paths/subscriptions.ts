import { randomUUID } from 'node:crypto'
import { ObjectId } from 'mongodb'
import type { Answer, MoneyPath } from '../operation.ts'

/** demo-vip, whom demo-user has referred. */
const USER = 2

const entryOf = ({ body }: Answer): string => (JSON.parse(body) as { transaction_id: string }).transaction_id

/** A user pays for months; who referred the user earns a share. */
export const subscriptions: MoneyPath = {
  name: 'subscriptions',
  roles: ['api'],

  async prepare (world) {
    const key = randomUUID()
    return {
      title: `subscription ${key}`,
      key: `user:${USER} ${key}`,
      request: () => ({
        method: 'POST',
        path: '/v1/subscriptions',
        headers: { authorization: world.as('demo-vip'), 'idempotency-key': key },
        body: JSON.stringify({ plan: 'vip', months: 1 })
      }),
      async faults (answer) {
        if (answer.status !== 201) return [`answered ${answer.status}`]
        const id = entryOf(answer)
        const count = async (collection: string, filter: object): Promise<number> => await world.documents(collection).countDocuments(filter)
        const counts = [
          await count('transactions', { _id: new ObjectId(id), user_id: USER, kind: 'subscription' }),
          await count('transactions', { kind: 'referral', reference: `transaction:${id}` }),
          await count('referral_earnings', { transaction_id: new ObjectId(id), referred_id: USER })
        ]
        return counts.every((number) => number === 1) ? [] : [`payments, shares and earnings are ${counts.join(', ')} instead of one each`]
      }
    }
  },

  async strays (world, answers) {
    const known = new Set(answers.map(entryOf))
    const entries = await world.documents('transactions').find({ kind: 'subscription', created_at: { $gte: world.startedAt } }).toArray()
    return entries.map(({ _id }) => String(_id)).filter((id) => !known.has(id)).map((id) => `nobody was answered the payment ${id}`)
  }
}
