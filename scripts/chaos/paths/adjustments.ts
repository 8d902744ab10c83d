import { randomUUID } from 'node:crypto'
import type { MoneyPath } from '../operation.ts'

const USER = 1
const ADMIN = 4
const MICROS = 1_000_000

/** An admin corrects a balance. */
export const adjustments: MoneyPath = {
  name: 'adjustments',
  roles: ['api'],

  async prepare (world, random) {
    const key = randomUUID()
    const amount = random.between(-3, 9) || 1
    return {
      title: `adjustment ${key}`,
      key: `user:${ADMIN} ${key}`,
      request: () => ({
        method: 'POST',
        path: '/v1/admin/adjustments',
        headers: { authorization: world.as('demo-admin'), 'idempotency-key': key },
        body: JSON.stringify({ user_id: USER, amount: `${amount}.000000`, reason: key })
      }),
      async faults ({ status }) {
        const entries = await world.documents('transactions').find({ user_id: USER, reference: key }).toArray()
        if (status !== 201) return [`answered ${status}`]
        if (entries.length !== 1) return [`${entries.length} entries instead of one`]
        return entries[0]?.amount === amount * MICROS ? [] : ['its entry has another amount']
      }
    }
  },

  async strays (world, answers) {
    const entries = await world.documents('transactions').find({ kind: 'adjustment', created_at: { $gte: world.startedAt } }).toArray()
    return entries.length === answers.length ? [] : [`${entries.length} entries for ${answers.length} requests`]
  }
}
