import { Type, type Static } from 'typebox'
import { MoneySchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'

/** Each beats those before it, in whatever order a provider tells of them. */
export const PAYMENT_STATUSES = ['pending', 'failed', 'succeeded', 'refunded'] as const
export type PaymentStatus = typeof PAYMENT_STATUSES[number]

/** Names of providers in `PAYMENT_PROVIDERS` and URLs; without a dot, so that `provider.id` has one meaning. */
export const ProviderSchema = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$', examples: ['demo'], description: 'Name of a payment provider' })
/** What providers call their payments and events. */
export const ProviderIdSchema = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', examples: ['pay_8e03978e'], description: "The provider's own identifier" })
/** `provider.id`. */
export const QualifiedIdSchema = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}\\.[A-Za-z0-9_.-]{1,64}$', examples: ['demo.pay_8e03978e'], description: "Name of the provider, a dot, and the provider's own identifier" })

/** Money that a user paid in through a provider. */
export const PaymentSchema = Type.Object({
  id: QualifiedIdSchema,
  provider: ProviderSchema,
  user_id: UserIdSchema,
  amount: MoneySchema,
  status: Type.Enum(PAYMENT_STATUSES, { description: '`succeeded`: it is in the balance; `refunded`: no more, or never' }),
  created_at: TimestampSchema,
  updated_at: TimestampSchema
}, { additionalProperties: false })
export type Payment = Static<typeof PaymentSchema>

export const PaymentListQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  user_id: Type.Optional(UserIdSchema)
}, { additionalProperties: false })

/** Document of `payments`. */
export interface PaymentDocument {
  /** `provider.payment_id`: unique without an index that might not be there yet. */
  _id: string
  provider: string
  user_id: number
  /** micro-USDT. */
  amount: number
  status: PaymentStatus
  created_at: Date
  updated_at: Date
}
