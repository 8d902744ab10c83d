import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AnswerSchema, IdempotencyKeySchema, PROBLEMS } from '../../../schemas/common.ts'
import { WithdrawalParamsSchema, WithdrawalResolutionSchema, WithdrawalSchema } from '../../../schemas/withdrawals.ts'

/** What a person decides about withdrawals. */
const adminWithdrawals: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, idempotency, withdrawals } = fastify

  fastify.post('/:id/resolution', {
    config: { access: 'admin', idempotent: true, priority: 'withdrawal', problems: [404, 409, 422] },
    schema: {
      operationId: 'resolveWithdrawal',
      tags: ['withdrawals'],
      summary: 'Resolve a withdrawal',
      description: 'For admins; audited. Ends a withdrawal whose outcome could not be found out: it was paid, or it was not, and is refunded. 409 `WITHDRAWAL_NOT_GIVEN_UP` if it has ended, or is still looked into: its job must have been given up. `Idempotent-Replayed: true` marks an answer that was given before; 409 `IDEMPOTENCY_KEY_IN_USE`; 422 `IDEMPOTENCY_KEY_REUSED`.',
      headers: IdempotencyKeySchema,
      params: WithdrawalParamsSchema,
      body: WithdrawalResolutionSchema,
      response: { 200: AnswerSchema(WithdrawalSchema, 'The withdrawal, ended'), ...PROBLEMS }
    }
  }, async function resolveWithdrawal (request, reply) {
    const caller = access.requireCaller(request.caller)
    return await withdrawals.resolve(caller, request.params.id, request.body, (work) => idempotency.once(request, reply, work))
  })
}
export default adminWithdrawals
