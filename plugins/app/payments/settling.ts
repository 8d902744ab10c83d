import type { FastifyInstance } from 'fastify'
import type { PaymentDocument, PaymentStatus } from '../../../schemas/payments.ts'
import { transitionOf, type KnownEvent, type Transition } from './transition.ts'

export type MoneyTransaction = Parameters<Parameters<FastifyInstance['ledger']['transact']>[0]>[0]
type Session = MoneyTransaction['session']

/** Changes payments, and the balances of who made them. */
export function createSettling ({ documents }: Pick<FastifyInstance, 'documents'>) {
  const payments = documents.collection<PaymentDocument>('payments')

  /** The payment as it was; null for one that nobody knew, which is there now with the status of its first event. */
  async function know ({ payment_id: id, provider, user_id: userId, amount }: KnownEvent, status: PaymentStatus, session: Session): Promise<PaymentDocument | null> {
    const now = new Date()
    return await payments.findOneAndUpdate(
      { _id: id },
      { $setOnInsert: { provider, user_id: userId, amount, status, created_at: now, updated_at: now } },
      { session, upsert: true, returnDocument: 'before' }
    )
  }

  /** Only a payment that is as it was read changes: of two transactions that read the same one fails, and is done anew. */
  async function advance ({ _id, status: before }: PaymentDocument, status: PaymentStatus, session: Session): Promise<void> {
    const { matchedCount } = await payments.updateOne({ _id, status: before }, { $set: { status, updated_at: new Date() } }, { session })
    if (matchedCount === 0) throw new Error('The payment has changed meanwhile')
  }

  /** Does to its payment what an event asks for; nothing, or a part to be rolled back, if that cannot be. */
  return async function settle (event: KnownEvent, status: PaymentStatus, { session, post }: MoneyTransaction): Promise<Transition> {
    const before = await know(event, status, session)
    const transition = transitionOf(event, status, before)
    if (transition.outcome !== 'applied') return transition
    if (transition.entry !== null) await post({ user_id: event.user_id, ...transition.entry, reference: `payment ${event.payment_id}` })
    if (before !== null) await advance(before, status, session)
    return transition
  }
}
