import { Type, type Static } from 'typebox'
import { MoneySchema } from './common.ts'
import { AddressSchema, NetworkSchema, type Network } from './withdrawal-addresses.ts'

/** What a provider is to pay: once for each `id`, however often it is told. */
export interface Payment {
  /** That of the withdrawal; 1 to 64 letters, digits, `_` and `-`. */
  id: string
  /** micro-USDT. */
  amount: number
  network: Network
  address: string
}

const PaymentIdSchema = Type.String({ pattern: '^[\\w-]{1,64}$' })
/** Of the provider, for logs and users: visible ASCII and spaces. */
const PlainTextSchema = Type.String({ pattern: '^[\\x20-\\x7e]{1,200}$' })
const told = { id: PaymentIdSchema, amount: MoneySchema, network: NetworkSchema, address: AddressSchema }

/** What a provider says of a payment; whatever else it adds is ignored. */
export const PayoutStatementSchema = Type.Union([
  Type.Object({ status: Type.Literal('paid'), ...told, reference: PlainTextSchema }),
  Type.Object({ status: Type.Literal('pending'), ...told }),
  Type.Object({ status: Type.Literal('refused'), ...told, reason: PlainTextSchema }),
  Type.Object({ status: Type.Literal('absent'), id: PaymentIdSchema }),
  Type.Object({ status: Type.Literal('not_taken'), id: PaymentIdSchema, reason: PlainTextSchema })
])
export type PayoutStatement = Static<typeof PayoutStatementSchema>

/** The money is on its way for good. */
interface Paid {
  outcome: 'paid'
  /** By which the provider knows it, such as the hash of a transaction. */
  reference: string
}
/** The provider never pays this, nor has it. */
interface Refused {
  outcome: 'refused'
  reason: string
}
/** The provider has taken it and works on it. */
interface Pending {
  outcome: 'pending'
}
/** Nobody knows whether it is paid: only a later `lookUp` can tell. */
interface Unknown {
  outcome: 'unknown'
  reason: string
}
/** This attempt has not reached the provider, or was not taken, so it may be repeated; earlier ones may have been. */
interface Unsent {
  outcome: 'unsent'
  reason: string
}
/** The provider has never seen it. */
interface Absent {
  outcome: 'absent'
}

export type PayOutcome = Paid | Refused | Pending | Unknown | Unsent
export type LookUpOutcome = Paid | Refused | Pending | Unknown | Absent
