import { Type, type Static } from 'typebox'
import { IdSchema, MoneySchema, TimestampSchema, UserIdSchema } from './common.ts'

export const PLANS = ['vip'] as const
export type Plan = typeof PLANS[number]

const PlanNameSchema = Type.Enum(PLANS)
const MonthsSchema = Type.Integer({ minimum: 1, maximum: 24, examples: [3], description: 'Calendar months' })

/** What can be subscribed to. */
export const PlanSchema = Type.Object({ plan: PlanNameSchema, monthly_price: MoneySchema }, { additionalProperties: false })
export type PlanOffer = Static<typeof PlanSchema>

export const NewSubscriptionSchema = Type.Object({ plan: PlanNameSchema, months: MonthsSchema }, { additionalProperties: false })
export type NewSubscription = Static<typeof NewSubscriptionSchema>

/** A subscription that was paid for. */
export const SubscriptionSchema = Type.Object({
  transaction_id: { ...IdSchema, description: 'The entry of the ledger that paid for it' },
  user_id: UserIdSchema,
  plan: PlanNameSchema,
  months: MonthsSchema,
  amount: { ...MoneySchema, description: 'What was paid: USDT, six decimals' },
  subscription_expires: { ...TimestampSchema, description: 'End of the subscription, with these months' },
  created_at: TimestampSchema
}, { additionalProperties: false })
export type Subscription = Static<typeof SubscriptionSchema>
