import { Type, type Static } from 'typebox'
import { MoneySchema, PageSchema, TimestampSchema, UserIdSchema } from './common.ts'

/** A user who was referred, as the referrer sees it: no name, and nothing of what the user does but the share of it. */
export const ReferralSchema = Type.Object({
  user_id: UserIdSchema,
  created_at: { ...TimestampSchema, description: 'When the user signed up' },
  earned: { ...MoneySchema, description: 'What the referrer earned by this user: USDT, six decimals' }
}, { additionalProperties: false })
export type Referral = Static<typeof ReferralSchema>

export const ReferralTotalsSchema = Type.Object({
  referred_count: Type.Integer({ minimum: 0, description: 'Users who were referred' }),
  total_earned: MoneySchema,
  earned_this_month: { ...MoneySchema, description: 'Since the calendar month began in UTC' }
}, { additionalProperties: false })
export type ReferralTotals = Static<typeof ReferralTotalsSchema>

const { properties, ...page } = PageSchema(ReferralSchema)
export const ReferralPageSchema = { ...page, ...Type.Object({ ...properties, totals: ReferralTotalsSchema }, { additionalProperties: false }) }
