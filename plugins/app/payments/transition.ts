import type { PaymentEventDocument } from '../../../schemas/payment-events.ts'
import { PAYMENT_STATUSES, type PaymentDocument, type PaymentStatus } from '../../../schemas/payments.ts'
import type { TransactionKind } from '../../../schemas/transactions.ts'

/** An event with all that payments have. */
export type KnownEvent = PaymentEventDocument & Record<'payment_id', string> & Record<'user_id' | 'amount', number>
type Known = Pick<PaymentDocument, 'user_id' | 'amount' | 'status'>

export type Transition =
  | { outcome: 'applied', entry: { kind: TransactionKind, amount: number } | null }
  | { outcome: 'ignored' | 'failed', reason: 'UNKNOWN_TYPE' | 'SUPERSEDED' | 'MISMATCH' }

const STATUS_OF = new Map(PAYMENT_STATUSES.map((status) => [`payment.${status}`, status]))

const rankOf = (status: PaymentStatus): number => PAYMENT_STATUSES.indexOf(status)

/** What an event makes of its payment; undefined for types that nothing is done about, others have all that payments have. */
export const statusOf = ({ type }: PaymentEventDocument): PaymentStatus | undefined => STATUS_OF.get(type)

/** What moves when a payment changes from one status to another: what was never credited is not taken back. */
function entryOf (amount: number, before: PaymentStatus | undefined, after: PaymentStatus) {
  if (after === 'succeeded') return { kind: 'deposit', amount } as const
  return after === 'refunded' && before === 'succeeded' ? { kind: 'refund', amount: -amount } as const : null
}

/**
 * What an event does to a payment, whose status it would make `status`; null for a payment that was not known. A status only
 * gives way to one of a higher rank, so any order of the same events, with any of them sent again, leads to the same status and
 * the same balance.
 */
export function transitionOf (event: KnownEvent, status: PaymentStatus, payment: Known | null): Transition {
  if (payment !== null && (payment.user_id !== event.user_id || payment.amount !== event.amount)) return { outcome: 'failed', reason: 'MISMATCH' }
  if (payment !== null && rankOf(status) <= rankOf(payment.status)) return { outcome: 'ignored', reason: 'SUPERSEDED' }
  return { outcome: 'applied', entry: entryOf(event.amount, payment?.status, status) }
}
