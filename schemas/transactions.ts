import { Type, type Static } from 'typebox'
import { FieldsSchema, IdSchema, MoneySchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'

export const TRANSACTION_KINDS = ['deposit', 'withdrawal', 'subscription', 'referral', 'refund', 'adjustment'] as const
export type TransactionKind = typeof TRANSACTION_KINDS[number]
export const TRANSACTION_STATUSES = ['pending', 'completed', 'failed'] as const
export type TransactionStatus = typeof TRANSACTION_STATUSES[number]

/** An entry of the ledger. */
export const TransactionSchema = Type.Object({
  id: IdSchema,
  user_id: UserIdSchema,
  kind: Type.Enum(TRANSACTION_KINDS),
  amount: MoneySchema,
  status: Type.Enum(TRANSACTION_STATUSES),
  reference: Type.String({ description: 'What caused the entry' }),
  created_at: TimestampSchema
}, { additionalProperties: false })
export type Transaction = Static<typeof TransactionSchema>

export const UserTransactionsQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  fields: FieldsSchema(TransactionSchema)
}, { additionalProperties: false })
export const TransactionListQuerySchema = Type.Object({
  ...UserTransactionsQuerySchema.properties,
  user_id: Type.Optional(UserIdSchema)
}, { additionalProperties: false })

/** A correction of a balance by an operator. */
export const NewAdjustmentSchema = Type.Object({
  user_id: UserIdSchema,
  amount: MoneySchema,
  reason: Type.String({ minLength: 1, maxLength: 200, examples: ['Refund of ticket 4711'], description: 'Why; it is the `reference` of the entry, and seen by the user' })
}, { additionalProperties: false })
export type NewAdjustment = Static<typeof NewAdjustmentSchema>

/** Document of `transactions`; its `_id` is an ObjectId. */
export interface TransactionDocument {
  user_id: number
  kind: TransactionKind
  /** micro-USDT, negative where the balance fell. */
  amount: number
  status: TransactionStatus
  reference: string
  created_at: Date
}

/** Document of `referral_earnings`. */
export interface ReferralEarningDocument<TId> {
  referrer_id: number
  referred_id: number
  transaction_id: TId
  /** micro-USDT. */
  amount: number
  created_at: Date
}
