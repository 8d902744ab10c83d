import { Compile } from 'typebox/compile'
import { PayoutStatementSchema, type LookUpOutcome, type PayOutcome, type PayoutStatement } from '../../../schemas/payouts.ts'
import type { Answer } from './provider.ts'

export type Operation = 'pay' | 'look_up'

/** A payment as it is told to the provider: the amount is a decimal string. */
export type Told = Pick<Extract<PayoutStatement, { status: 'pending' }>, 'id' | 'amount' | 'network' | 'address'>

const statements = Compile(PayoutStatementSchema)

type Allows = (status: number) => boolean
const SUCCESS: Allows = (status) => status >= 200 && status < 300
const REFUSAL: Allows = (status) => status >= 400 && status < 500
const BUSY: Allows = (status) => status === 429 || status === 503
const ABSENT: Allows = (status) => status === 404
const NEVER: Allows = () => false

/** With which HTTP statuses a statement is believed. */
const BELIEVED: Record<Operation, Record<PayoutStatement['status'], Allows>> = {
  pay: { paid: SUCCESS, pending: SUCCESS, refused: REFUSAL, not_taken: BUSY, absent: NEVER },
  look_up: { paid: SUCCESS, pending: SUCCESS, refused: SUCCESS, not_taken: NEVER, absent: ABSENT }
}

/** Whether a statement is of this payment, in all that it tells. */
function isOf (statement: PayoutStatement, { id, amount, network, address }: Told): boolean {
  if (statement.id !== id) return false
  if (!('amount' in statement)) return true
  return statement.amount === amount && statement.network === network && statement.address === address
}

function outcomeOf (statement: PayoutStatement): PayOutcome | LookUpOutcome {
  switch (statement.status) {
    case 'paid': return { outcome: 'paid', reference: statement.reference }
    case 'refused': return { outcome: 'refused', reason: statement.reason }
    case 'not_taken': return { outcome: 'unsent', reason: statement.reason }
    default: return { outcome: statement.status }
  }
}

/** What an answer means. Money is at stake: what is not said in full, of this payment and with the right status, is `unknown`. */
export function judge (operation: Operation, { status, body }: Answer, payment: Told): PayOutcome | LookUpOutcome {
  if (!statements.Check(body)) return { outcome: 'unknown', reason: `status ${status} without a statement` }
  if (!isOf(body, payment)) return { outcome: 'unknown', reason: `status ${status} with a statement of another payment` }
  if (!BELIEVED[operation][body.status](status)) return { outcome: 'unknown', reason: `status ${status} with the statement ${body.status}` }
  return outcomeOf(body)
}
