import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AnswerSchema, PROBLEMS } from '../../schemas/common.ts'
import { PaymentCallbackParamsSchema, PaymentCallbackSchema, PaymentReceiptSchema } from '../../schemas/payment-events.ts'

/** Largest callback, in bytes. */
const MAX_BYTES = 65_536

const SignatureSchema = Type.Object({
  'sahm-signature': Type.String({ examples: [`t=1795685462,v1=${'0a'.repeat(32)}`], description: '`t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256 of "<t>.<body>" with the secret of the provider>`; up to five of `v1`' })
})

/** What payment providers tell. */
const callbacks: FastifyPluginAsyncTypebox = async (fastify) => {
  const { payments } = fastify

  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, function keepBytes (_request, body, done) {
    done(null, body)
  })

  fastify.post('/callbacks/:provider', {
    config: { access: 'public', cost: 0, priority: 'critical', webhook: true, problems: [401, 409] },
    bodyLimit: MAX_BYTES,
    schema: {
      operationId: 'receivePaymentCallback',
      tags: ['payments'],
      summary: 'Tell of a payment',
      description: 'For payment providers. 202 once the event is kept for good, again for the same event; it is applied in the background. 401 `INVALID_SIGNATURE`; 401 `SIGNATURE_EXPIRED` when more than five minutes from our clock; 409 `EVENT_CONFLICT` for a known `id` with another content. What is signed is never answered 429.',
      headers: SignatureSchema,
      params: PaymentCallbackParamsSchema,
      body: PaymentCallbackSchema,
      response: { 202: AnswerSchema(PaymentReceiptSchema, 'The event is kept'), ...PROBLEMS }
    }
  }, async function receivePaymentCallback ({ params, body }, reply) {
    reply.code(202)
    return { id: await payments.receive(params.provider, body) }
  })
}
export default callbacks
