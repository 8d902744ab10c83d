import { Type, type Static } from 'typebox'
import { IdSchema, TimestampSchema } from './common.ts'

export const NETWORKS = ['ERC20', 'TRC20'] as const
/** Where USDT is sent: `ERC20` on Ethereum, `TRC20` on TRON. */
export type Network = typeof NETWORKS[number]

export const MAX_ADDRESSES_PER_USER = 20

/** Longer than any address; what is no address is refused by its checksum. */
const MAX_ADDRESS_LENGTH = 64

export const NetworkSchema = Type.Enum(NETWORKS, { description: '`ERC20` on Ethereum, `TRC20` on TRON' })
export const AddressSchema = Type.String({ minLength: 1, maxLength: MAX_ADDRESS_LENGTH, examples: ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'], description: 'With its checksum: of EIP-55 for `ERC20`, which is its upper and lower case, of base58check for `TRC20`' })

export const NewWithdrawalAddressSchema = Type.Object({
  network: NetworkSchema,
  address: AddressSchema,
  label: Type.String({ minLength: 1, maxLength: 80, examples: ['My wallet'], description: 'How you call it' })
}, { additionalProperties: false })
export type NewWithdrawalAddress = Static<typeof NewWithdrawalAddressSchema>

/** An address of the caller's address book. */
export const WithdrawalAddressSchema = Type.Object({
  id: IdSchema,
  ...NewWithdrawalAddressSchema.properties,
  usable_at: Type.String({ ...TimestampSchema, description: 'From when on withdrawals may go there' }),
  created_at: TimestampSchema
}, { additionalProperties: false })
export type WithdrawalAddress = Static<typeof WithdrawalAddressSchema>

export const WithdrawalAddressParamsSchema = Type.Pick(WithdrawalAddressSchema, ['id'], { additionalProperties: false })

/** Document of `withdrawal_addresses`. */
export interface WithdrawalAddressDocument {
  user_id: number
  /** One of as many as a user may have addresses; unique with `user_id`, so that the limit holds however many ask at once. */
  slot: number
  network: Network
  /** In the one spelling that its checksum allows; unique with `user_id` and `network`. */
  address: string
  label: string
  /** Removed and added again, an address waits anew. */
  usable_at: Date
  created_at: Date
}
