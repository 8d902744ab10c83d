import type { FastifyInstance } from 'fastify'
import type { ClientSession, ObjectId, WithId } from 'mongodb'
import type { WithdrawalDocument, WithdrawalListQuery, WithdrawalStatus } from '../../../schemas/withdrawals.ts'

export type StoredWithdrawal = WithId<WithdrawalDocument<ObjectId>>
type Changes = Partial<Pick<WithdrawalDocument<ObjectId>, 'status' | 'asked_at' | 'reference' | 'reason' | 'refund_id'>>

type NewWithdrawal = Omit<StoredWithdrawal, keyof Changes | 'updated_at'>

interface Limits {
  userId: number
  since: Date
}

/** Of these the money left the balance, or may still leave it. */
const COUNTED: WithdrawalStatus[] = ['queued', 'processing', 'unknown', 'paid']

/** Queries of `withdrawals`. */
export function createWithdrawalRepository ({ documents, keyset, monitored }: Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored'>) {
  const withdrawals = documents.collection<WithdrawalDocument<ObjectId>>('withdrawals')
  const newestFirst = keyset('withdrawals', { created_at: 'date', _id: 'id' })

  /** Newest first. */
  async function list ({ limit, cursor, ...filter }: WithdrawalListQuery) {
    const from = newestFirst.from(filter, cursor)
    return newestFirst.page<StoredWithdrawal>(await withdrawals.find(from, { sort: newestFirst.sort, limit: limit + 1 }).toArray(), limit)
  }

  const find = (id: string, session?: ClientSession): Promise<StoredWithdrawal | null> => {
    const _id = documents.toId(id)
    return _id === null ? Promise.resolve(null) : withdrawals.findOne({ _id }, { ...(session && { session }) })
  }

  return {
    list: monitored('withdrawals.list', list),
    find: monitored('withdrawals.find', find),

    /** Stores one that is queued. */
    async insert (withdrawal: NewWithdrawal, session: ClientSession): Promise<StoredWithdrawal> {
      const stored: StoredWithdrawal = { ...withdrawal, status: 'queued', asked_at: null, reference: null, reason: null, refund_id: null, updated_at: withdrawal.created_at }
      await withdrawals.insertOne({ ...stored }, { session })
      return stored
    },

    /** Changes one that has one of the statuses `from`; null for others. */
    change: (id: ObjectId, from: readonly WithdrawalStatus[], changes: Changes, session: ClientSession): Promise<StoredWithdrawal | null> =>
      withdrawals.findOneAndUpdate({ _id: id, status: { $in: [...from] } }, { $set: { ...changes, updated_at: new Date() } }, { session, returnDocument: 'after' }),

    /** Sum of what a user has withdrawn since a time, in micro-USDT. */
    async sumSince ({ userId, since }: Limits, session: ClientSession): Promise<number> {
      const sums = withdrawals.aggregate<{ sum: number }>([
        { $match: { user_id: userId, created_at: { $gte: since }, status: { $in: COUNTED } } },
        { $group: { _id: null, sum: { $sum: '$amount' } } }
      ], { session })
      return (await sums.next())?.sum ?? 0
    }
  }
}
export type WithdrawalRepository = ReturnType<typeof createWithdrawalRepository>
