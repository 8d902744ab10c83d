import { Type, type Static } from 'typebox'
import { IdSchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'
import { MAX_SCORE } from './jobs.ts'
import { AddressSchema, NetworkSchema, type Network } from './withdrawal-addresses.ts'

/**
 * `queued` → `processing` → `paid` or `refused`; `cancelled` by its user while queued. `unknown`: the provider may have paid, it
 * is asked again, and in the end a person decides. What is refused or cancelled is refunded.
 */
export const WITHDRAWAL_STATUSES = ['queued', 'processing', 'unknown', 'paid', 'refused', 'cancelled'] as const
export type WithdrawalStatus = typeof WITHDRAWAL_STATUSES[number]

const PaidAmountSchema = Type.String({ pattern: '^(0|[1-9][0-9]{0,8})\\.[0-9]{6}$', examples: ['250.000000'], description: 'USDT, six decimals' })

/** A withdrawal to make. */
export const NewWithdrawalSchema = Type.Object({
  amount: PaidAmountSchema,
  wallet_address: AddressSchema,
  network: NetworkSchema,
  code: Type.Optional(Type.String({ pattern: '^[0-9]{8}$', examples: ['04711815'], description: 'The code that was sent, for large amounts' }))
}, { additionalProperties: false })
export type NewWithdrawal = Static<typeof NewWithdrawalSchema>

/** A withdrawal. */
export const WithdrawalSchema = Type.Object({
  id: IdSchema,
  user_id: UserIdSchema,
  amount: PaidAmountSchema,
  wallet_address: AddressSchema,
  network: NetworkSchema,
  priority: Type.Integer({ minimum: 1, maximum: MAX_SCORE, description: 'The higher, the sooner it is paid' }),
  status: Type.Enum(WITHDRAWAL_STATUSES, { description: '`unknown`: it may be paid, and is looked into. `refused` and `cancelled` are refunded' }),
  reference: Type.Union([Type.String(), Type.Null()], { examples: ['payout-4711'], description: 'Of the provider, once it is paid' }),
  reason: Type.Union([Type.String(), Type.Null()], { examples: ['The address is blocked'], description: 'Why it was refused, or is not known' }),
  created_at: TimestampSchema,
  updated_at: TimestampSchema
}, { additionalProperties: false })
export type Withdrawal = Static<typeof WithdrawalSchema>

export const WithdrawalParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })
export const WithdrawalListQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  status: Type.Optional(Type.Enum(WITHDRAWAL_STATUSES)),
  user_id: Type.Optional(UserIdSchema)
}, { additionalProperties: false })
export type WithdrawalListQuery = Static<typeof WithdrawalListQuerySchema>

/** What an operator found out about a withdrawal whose outcome nobody knew. */
export const WithdrawalResolutionSchema = Type.Object({
  outcome: Type.Enum(['paid', 'refused']),
  note: Type.String({ minLength: 1, maxLength: 200, examples: ['The provider confirmed payout-4711 by phone'], description: 'Becomes its `reference`, or the `reason`' })
}, { additionalProperties: false })
export type WithdrawalResolution = Static<typeof WithdrawalResolutionSchema>

/** Document of `withdrawals`. */
export interface WithdrawalDocument<TId> {
  user_id: number
  /** micro-USDT. */
  amount: number
  wallet_address: string
  network: Network
  priority: number
  status: WithdrawalStatus
  /** When the provider may first have been asked; null: never. */
  asked_at: Date | null
  reference: string | null
  reason: string | null
  /** Entries of the ledger: the debit, and the refund of what was refused or cancelled. */
  transaction_id: TId
  refund_id: TId | null
  created_at: Date
  updated_at: Date
}
