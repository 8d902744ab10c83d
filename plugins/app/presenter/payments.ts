import type { FastifyInstance } from 'fastify'
import type { PaymentEvent, PaymentEventDocument } from '../../../schemas/payment-events.ts'
import type { Payment, PaymentDocument } from '../../../schemas/payments.ts'

/** Presents payments, and what their providers said of them. */
export function createPaymentsPresenter ({ format }: FastifyInstance['money']) {
  const payment = ({ _id, provider, user_id: userId, amount, status, created_at: created, updated_at: updated }: PaymentDocument): Payment =>
    ({ id: _id, provider, user_id: userId, amount: format(amount), status, created_at: created.toISOString(), updated_at: updated.toISOString() })

  function paymentEvent ({ _id, digest: _, amount, occurred_at: occurred, created_at: created, settled_at: settled, ...event }: PaymentEventDocument): PaymentEvent {
    const times = { occurred_at: occurred.toISOString(), created_at: created.toISOString(), settled_at: settled === null ? null : settled.toISOString() }
    return { id: _id, ...event, amount: amount === null ? null : format(amount), ...times }
  }

  return { payment, paymentEvent }
}
