import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { signCallback } from '../scripts/callbacks/sign.ts'
import type { PaymentCallback } from '../schemas/payment-events.ts'

export const SECRET = 'whsec_of-the-provider-acme-1234567890'
export const OLD_SECRET = 'whsec_before-that-it-had-this-one-12345'
export const OTHER_SECRET = 'whsec_of-the-provider-other-1234567890'
/** Environment with two providers, one of which is replacing its secret. */
export const providers = { PAYMENT_PROVIDERS: `acme:${SECRET}:${OLD_SECRET},other:${OTHER_SECRET}` }

type Changes = Partial<Omit<PaymentCallback, 'data'>> & { data?: Partial<PaymentCallback['data']> }

/** An event of a payment of ten USDT by user 42; a new one each time unless told. */
export function eventOf ({ data, ...changes }: Changes = {}): PaymentCallback {
  return { id: `evt_${randomUUID()}`, type: 'payment.succeeded', created: 1_795_685_462, ...changes, data: { payment_id: 'pay_1', user_id: 42, amount: '10.000000', ...data } }
}

interface Sending {
  provider?: string
  secrets?: readonly string[]
  timestamp?: number
  headers?: Record<string, string>
}

/** Sends a body as a provider does: signed, unless `headers` say otherwise. */
export async function send (fastify: FastifyInstance, event: unknown, { provider = 'acme', secrets = [SECRET], timestamp, headers }: Sending = {}) {
  const payload = typeof event === 'string' || event instanceof Buffer ? event : JSON.stringify(event)
  const signed = { 'content-type': 'application/json', 'sahm-signature': signCallback(payload, secrets, timestamp) }
  return await fastify.inject({ method: 'POST', url: `/v1/payments/callbacks/${provider}`, headers: { ...signed, ...headers }, payload })
}

/** Does the jobs of all events that wait, as workers would; those that fail wait on. */
export async function applyAll (fastify: FastifyInstance): Promise<void> {
  const waiting = await fastify.documents.collection<{ _id: string }>('payment_events').find({ status: 'received' }).toArray()
  for (const { _id: subject } of waiting) await fastify.payments.run({ subject, finish: fastify.ledger.transact }).catch(() => {})
}
