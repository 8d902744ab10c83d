import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { LIST_COST, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { PaymentListQuerySchema, PaymentSchema } from '../../schemas/payments.ts'
import callbacks from './callbacks.ts'

/** What users paid in. */
const payments: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, paymentsRepository, presenter } = fastify

  // in a scope of its own: it leaves bodies as they were sent
  await fastify.register(callbacks)

  fastify.get('', {
    config: { access: 'user', cost: LIST_COST, problems: [404] },
    schema: {
      operationId: 'listPayments',
      tags: ['payments'],
      summary: 'List payments',
      description: "The caller's own, or everybody's for an admin; newest first. Another user's are not found.",
      querystring: PaymentListQuerySchema,
      response: { 200: PageSchema(PaymentSchema), ...PROBLEMS }
    }
  }, async function listPayments (request, reply) {
    const { user_id: userId, ...query } = request.query
    const owner = access.transactionsOwner(access.requireCaller(request.caller), userId)
    return reply.page(await paymentsRepository.list({ ...query, ...(owner !== undefined && { user_id: owner }) }), presenter.payment)
  })
}
export default payments
