import type { FastifyInstance } from 'fastify'
import type { ClientSession } from 'mongodb'
import type { TransactionDocument } from '../../../schemas/transactions.ts'
import type { UserDocument } from '../../../schemas/users.ts'

/** A balance that is not the sum of its completed entries, in micro-USDT; null if there is no such user. */
export interface Difference {
  user_id: number
  balance: number | null
  entries: number
}

/** Users whose entries are summed up in one command; it bounds the memory. */
const BATCH = 1000

/** Compares balances with entries while both change. */
export function createReconciliation ({ documents }: Pick<FastifyInstance, 'documents'>) {
  const users = documents.collection<UserDocument>('users')
  const transactions = documents.collection<TransactionDocument>('transactions')

  /** Sums of completed entries by user, for numbers above `after` up to `last`. */
  async function sumEntries (after: number, last: number, session?: ClientSession): Promise<Map<number, number>> {
    const sums = transactions.aggregate<{ _id: number, sum: number }>([
      { $match: { user_id: { $gt: after, $lte: last }, status: 'completed' } },
      { $group: { _id: '$user_id', sum: { $sum: '$amount' } } }
    ], { ...(session && { session }) })
    return new Map((await sums.toArray()).map(({ _id, sum }) => [_id, sum]))
  }

  /** Whether a user's balance and entries differ at one moment: those of a batch were read one after the other. */
  async function confirm (userId: number): Promise<Difference | null> {
    return await documents.transact(async (session) => {
      const user = await users.findOne({ user_id: userId }, { session, projection: { _id: 0, balance: 1 } })
      const entries = (await sumEntries(userId - 1, userId, session)).get(userId) ?? 0
      const balance = user?.balance ?? null
      return (balance ?? 0) === entries ? null : { user_id: userId, balance, entries }
    })
  }

  /** Every difference, by the number of the user; entries of users that there are not among them. Reads `batchSize` users at a time. */
  return async function * differences (batchSize = BATCH): AsyncGenerator<Difference> {
    for (let after = -Infinity; after < Infinity;) {
      const batch = await users.find({ user_id: { $gt: after } }, { projection: { _id: 0, user_id: 1, balance: 1 }, sort: { user_id: 1 }, limit: batchSize }).toArray()
      const last = batch.length < batchSize ? Infinity : (batch.at(-1) as UserDocument).user_id
      const sums = await sumEntries(after, last)
      const balances = new Map(batch.map(({ user_id: id, balance }) => [id, balance]))
      const suspects = [...new Set([...balances.keys(), ...sums.keys()])].filter((id) => balances.get(id) !== (sums.get(id) ?? 0)).sort((a, b) => a - b)
      for (const id of suspects) {
        const difference = await confirm(id)
        if (difference !== null) yield difference
      }
      after = last
    }
  }
}
