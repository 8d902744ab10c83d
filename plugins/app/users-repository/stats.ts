import type { FastifyInstance } from 'fastify'
import type { Document } from 'mongodb'
import type { ReferralEarningDocument, TransactionDocument } from '../../../schemas/transactions.ts'
import type { UserDocument } from '../../../schemas/users.ts'

export interface StoredUserStats {
  user_id: number
  transaction_count: number
  /** micro-USDT. */
  total_referral_earnings: number
}

/**
 * One pass over the users and, beside it, sub-pipelines that count and sum in the database: no list of transactions is
 * ever built. A `$lookup` by field would build one per user on some engines, and fail on a user with a million.
 */
function statsPipeline (ids: readonly number[]): Document[] {
  // a constant key needs nothing but the index; grouping by the field sorts, for a million transactions 3 times as long
  const key = (field: string) => ids.length === 1 ? { $literal: ids[0] } : `$${field}`
  const total = (coll: string, owner: string, totals: Document) => ({
    $unionWith: {
      coll,
      pipeline: [{ $match: { [owner]: { $in: ids } } }, { $group: { _id: key(owner), ...totals } }]
    }
  })

  return [
    { $match: { user_id: { $in: ids } } },
    { $project: { _id: '$user_id', known: { $literal: 1 } } },
    total('transactions', 'user_id', { transaction_count: { $sum: 1 } }),
    total('referral_earnings', 'referrer_id', { total_referral_earnings: { $sum: '$amount' } }),
    {
      $group: {
        _id: '$_id',
        known: { $sum: '$known' },
        transaction_count: { $sum: '$transaction_count' },
        total_referral_earnings: { $sum: '$total_referral_earnings' }
      }
    },
    { $match: { known: 1 } },
    { $project: { _id: 0, user_id: '$_id', transaction_count: 1, total_referral_earnings: 1 } }
  ]
}

type Tools = Pick<FastifyInstance, 'cache' | 'documents' | 'monitored' | 'optimizationIsOn' | 'relatedKeys'>

/** Statistics are sums over a ledger that others write too: old by seconds, unless an entry of ours invalidates them. */
const STATS_TTL_MS = 10_000
const STATS_STALE_MS = 20_000

/** Optimization 5: what counts for a user, in one command; without it, three. */
export function createUserStats ({ cache, documents, monitored, optimizationIsOn, relatedKeys }: Tools) {
  const users = documents.collection<UserDocument>('users')
  const transactions = documents.collection<TransactionDocument>('transactions')
  const earnings = documents.collection<ReferralEarningDocument<unknown>>('referral_earnings')

  const together = (ids: readonly number[]): Promise<StoredUserStats[]> =>
    users.aggregate<StoredUserStats>(statsPipeline(ids)).toArray()

  async function separately (userId: number): Promise<StoredUserStats[]> {
    const user = await users.findOne({ user_id: userId }, { projection: { _id: 0, user_id: 1 } })
    const transactionCount = await transactions.countDocuments({ user_id: userId })
    const sums = earnings.aggregate<{ total: number }>([{ $match: { referrer_id: userId } }, { $group: { _id: null, total: { $sum: '$amount' } } }])
    const [{ total } = { total: 0 }] = await sums.toArray()
    return user ? [{ user_id: userId, transaction_count: transactionCount, total_referral_earnings: total }] : []
  }

  const read = optimizationIsOn('single-aggregation')
    ? together
    : async (ids: readonly number[]) => (await Promise.all(ids.map(separately))).flat()

  const stats = cache.define({
    name: 'user-stats',
    ttlMs: STATS_TTL_MS,
    staleMs: STATS_STALE_MS,
    isDear: true,
    tags: (userId: number) => [`user:${userId}`, `stats:${userId}`],
    load: monitored('users.stats', async function readStats (userId: number): Promise<StoredUserStats | null> {
      const [found] = await read([userId])
      return found ?? null
    })
  })
  relatedKeys.declare('transactions', { user_id: true }, ({ user_id: id }: Pick<TransactionDocument, 'user_id'>) => [`stats:${id}`])
  relatedKeys.declare('referral_earnings', { referrer_id: true }, ({ referrer_id: id }: { referrer_id: number }) => [`stats:${id}`])

  return {
    /** Statistics of a user, or null if there is none. */
    stats: stats.get,

    statsByIds: monitored('users.statsByIds', async function statsByIds (ids: readonly number[]) {
      const found = await read(ids)
      return new Map(found.map((stats) => [stats.user_id, stats]))
    })
  }
}
