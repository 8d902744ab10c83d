import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AnswerSchema, IdempotencyKeySchema, PROBLEMS } from '../../schemas/common.ts'
import { NewAdjustmentSchema, TransactionSchema } from '../../schemas/transactions.ts'

/** What operators do. */
const admin: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, adjustments, idempotency } = fastify

  fastify.post('/adjustments', {
    config: { access: 'admin', idempotent: true, problems: [404, 409, 422] },
    schema: {
      operationId: 'createAdjustment',
      tags: ['transactions'],
      summary: 'Correct a balance',
      description: 'For admins; audited. A negative amount is taken away: 422 `INSUFFICIENT_BALANCE` if the balance is smaller. 422 `INVALID_AMOUNT` for zero, `BALANCE_LIMIT` above what an account may hold. `Idempotent-Replayed: true` marks an answer that was given before; 409 `IDEMPOTENCY_KEY_IN_USE`; 422 `IDEMPOTENCY_KEY_REUSED`.',
      headers: IdempotencyKeySchema,
      body: NewAdjustmentSchema,
      response: { 201: AnswerSchema(TransactionSchema, 'The entry of the ledger'), ...PROBLEMS }
    }
  }, async function createAdjustment (request, reply) {
    const caller = access.requireCaller(request.caller)
    reply.code(201)
    return adjustments.create(caller, request.body, (work) => idempotency.once(request, reply, work))
  })
}
export default admin
