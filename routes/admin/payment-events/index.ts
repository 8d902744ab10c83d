import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AnswerSchema, LIST_COST, PageSchema, PROBLEMS } from '../../../schemas/common.ts'
import { PaymentEventListQuerySchema, PaymentEventParamsSchema, PaymentEventSchema } from '../../../schemas/payment-events.ts'

const tags = ['payments']

/** What payment providers told, and what became of it. */
const paymentEvents: FastifyPluginAsyncTypebox = async (fastify) => {
  const { httpErrors, paymentsRepository, presenter } = fastify

  fastify.get('', {
    config: { access: 'admin', cost: LIST_COST },
    schema: {
      operationId: 'listPaymentEvents',
      tags,
      summary: 'List payment events',
      description: 'For admins; newest first. Those that have `failed` wait for a person.',
      querystring: PaymentEventListQuerySchema,
      response: { 200: PageSchema(PaymentEventSchema), ...PROBLEMS }
    }
  }, async function listPaymentEvents (request, reply) {
    return reply.page(await paymentsRepository.listEvents(request.query), presenter.paymentEvent)
  })

  fastify.get('/:id', {
    config: { access: 'admin' },
    schema: {
      operationId: 'getPaymentEvent',
      tags,
      summary: 'Read a payment event',
      description: 'For admins.',
      params: PaymentEventParamsSchema,
      response: { 200: AnswerSchema(PaymentEventSchema, 'The event'), ...PROBLEMS }
    }
  }, async function getPaymentEvent ({ params }) {
    const event = await paymentsRepository.findEvent(params.id)
    if (event === null) throw httpErrors.notFound('There is no such event')
    return presenter.paymentEvent(event)
  })
}
export default paymentEvents
