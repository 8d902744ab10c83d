import type { FastifyInstance } from 'fastify'
import type { Referral, ReferralTotals } from '../../../schemas/referrals.ts'
import type { UserDocument } from '../../../schemas/users.ts'

/** Sums of referrals as the database has them, in micro-USDT. */
type StoredTotals = Record<keyof ReferralTotals, number>

const NOTHING: StoredTotals = { referred_count: 0, total_earned: 0, earned_this_month: 0 }

/** Presents who was referred, and what came of it. */
export function createReferralPresenter (money: FastifyInstance['money']) {
  return {
    /** `earned` in micro-USDT, if it is anything. */
    referral: ({ user_id: id, created_at: created }: Pick<UserDocument, 'user_id' | 'created_at'>, earned = 0): Referral =>
      ({ user_id: id, created_at: created.toISOString(), earned: money.format(earned) }),

    /** Without any, all are zero. */
    referralTotals (totals: StoredTotals | null | undefined): ReferralTotals {
      const { referred_count: count, total_earned: total, earned_this_month: month } = totals ?? NOTHING
      return { referred_count: count, total_earned: money.format(total), earned_this_month: money.format(month) }
    }
  }
}
