import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Document, ObjectId } from 'mongodb'
import type { ReferralEarningDocument } from '../../schemas/transactions.ts'
import type { UserDocument } from '../../schemas/users.ts'

declare module 'fastify' {
  interface FastifyInstance {
    referralsRepository: ReturnType<typeof createReferralsRepository>
  }
}

/** A user who was referred. */
export type StoredReferral = Pick<UserDocument, 'user_id' | 'created_at'> & { _id: ObjectId, referred_by: number }

interface PageOptions {
  limit: number
}

interface ReferralListQuery extends PageOptions {
  referrer_id: number
  cursor?: string
}

const SUMS = ['referred_count', 'total_earned', 'earned_this_month'] as const
/** What a referrer has, amounts in micro-USDT. */
export type StoredReferralTotals = Record<typeof SUMS[number], number>

function startOfMonth (now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()))
}

/** One pass over each collection, counted and summed in the database, as statistics of users are. */
function totalsPipeline (ids: readonly number[]): Document[] {
  // a constant key needs no sorting
  const key = (field: string) => ids.length === 1 ? { $literal: ids[0] } : `$${field}`
  const ofThisMonth = { $cond: [{ $gte: ['$created_at', startOfMonth(new Date())] }, '$amount', 0] }
  return [
    { $match: { referred_by: { $in: ids } } },
    { $group: { _id: key('referred_by'), referred_count: { $sum: 1 } } },
    {
      $unionWith: {
        coll: 'referral_earnings',
        pipeline: [
          { $match: { referrer_id: { $in: ids } } },
          { $group: { _id: key('referrer_id'), total_earned: { $sum: '$amount' }, earned_this_month: { $sum: ofThisMonth } } }
        ]
      }
    },
    { $group: { _id: '$_id', ...Object.fromEntries(SUMS.map((name) => [name, { $sum: `$${name}` }])) } }
  ]
}

type Tools = Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored'>

function createReferralsRepository ({ documents, keyset, monitored }: Tools) {
  const users = documents.collection<UserDocument>('users')
  const earnings = documents.collection<ReferralEarningDocument<ObjectId>>('referral_earnings')
  const newestFirst = keyset('referrals', { created_at: 'date', _id: 'id' })
  const projection = Object.fromEntries([...newestFirst.fields, 'user_id', 'referred_by'].map((name) => [name, 1 as const]))

  /** Whom a user referred, newest first. */
  async function list ({ referrer_id: id, limit, cursor }: ReferralListQuery) {
    const from = newestFirst.from({ referred_by: id }, cursor)
    return newestFirst.page(await users.find<StoredReferral>(from, { projection, sort: newestFirst.sort, limit: limit + 1 }).toArray(), limit)
  }

  /** The first page of each user's, in one command. */
  async function pagesForReferrers (ids: readonly number[], { limit }: PageOptions) {
    const pageOf = (id: number): Document[] => [{ $match: newestFirst.from({ referred_by: id }) }, { $sort: newestFirst.sort }, { $limit: limit + 1 }, { $project: projection }]
    const found = await users.aggregate<StoredReferral>(documents.unite('users', ids.map(pageOf))).toArray()
    return newestFirst.pages<StoredReferral, number>(found, { keys: ids, keyOf: (referral) => referral.referred_by, limit })
  }

  /** Counts and sums of each who referred anybody, in one command. */
  async function totals (ids: readonly number[]): Promise<Map<number, StoredReferralTotals>> {
    const found = await users.aggregate<StoredReferralTotals & { _id: number }>(totalsPipeline(ids)).toArray()
    return new Map(found.map(({ _id, ...sums }) => [_id, sums]))
  }

  /** What referrers earned by each of those whom they referred, in micro-USDT, by `keyOf`; in one command. */
  async function earned (keys: readonly string[]): Promise<Map<string, number>> {
    const pairs = keys.map((key) => key.split(' ').map(Number))
    const [referrers, referred] = [0, 1].map((part) => [...new Set(pairs.map((pair) => pair[part]))])
    const sums = earnings.aggregate<{ _id: Pick<ReferralEarningDocument<unknown>, 'referrer_id' | 'referred_id'>, earned: number }>([
      { $match: { referrer_id: { $in: referrers }, referred_id: { $in: referred } } },
      { $group: { _id: { referrer_id: '$referrer_id', referred_id: '$referred_id' }, earned: { $sum: '$amount' } } }
    ])
    return new Map((await sums.toArray()).map(({ _id, earned: sum }) => [`${_id.referrer_id} ${_id.referred_id}`, sum]))
  }

  return {
    /** Names a pair of a referrer and one whom that user referred. */
    keyOf: ({ referred_by: referrer, user_id: referred }: Pick<StoredReferral, 'referred_by' | 'user_id'>): string => `${referrer} ${referred}`,
    list: monitored('referrals.list', list),
    pagesForReferrers: monitored('referrals.pagesForReferrers', pagesForReferrers),
    totals: monitored('referrals.totals', totals),
    earned: monitored('referrals.earned', earned)
  }
}

/** Queries of who referred whom, and what came of it. */
export default fp(async function referralsRepository (fastify) {
  fastify.decorate('referralsRepository', createReferralsRepository(fastify))
}, { name: 'referrals-repository', dependencies: ['documents', 'keyset', 'performance-monitor'] })
