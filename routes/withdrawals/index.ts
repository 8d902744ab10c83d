import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AnswerSchema, IdempotencyKeySchema, LIST_COST, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { NewWithdrawalSchema, WithdrawalListQuerySchema, WithdrawalParamsSchema, WithdrawalSchema } from '../../schemas/withdrawals.ts'

const tags = ['withdrawals']
const REPLAY = '`Idempotent-Replayed: true` marks an answer that was given before; 409 `IDEMPOTENCY_KEY_IN_USE`; 422 `IDEMPOTENCY_KEY_REUSED`.'

/** Money that leaves. */
const withdrawalRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, idempotency, presenter, withdrawals } = fastify

  fastify.post('', {
    config: { access: 'user', scope: 'full', idempotent: true, priority: 'withdrawal', problems: [409, 422] },
    schema: {
      operationId: 'createWithdrawal',
      tags,
      summary: 'Withdraw',
      description: `Takes the amount from the balance and has it paid to an address of your address book. 422 \`INVALID_AMOUNT\`, \`INSUFFICIENT_BALANCE\`, \`DAILY_LIMIT\`, \`ADDRESS_UNKNOWN\`; 403 \`ADDRESS_WAITING\`, \`PASSWORD_CHANGED\`. Large amounts are confirmed: 403 \`CONFIRMATION_REQUIRED\` means that a code was sent to you, to be sent as \`code\` within 10 minutes with the same amount and address and a new Idempotency-Key; 403 \`CONFIRMATION_WRONG\`. 503 \`WITHDRAWALS_UNAVAILABLE\`, \`CONFIRMATION_UNAVAILABLE\`. Not with an API key. ${REPLAY}`,
      headers: IdempotencyKeySchema,
      body: NewWithdrawalSchema,
      response: { 201: AnswerSchema(WithdrawalSchema, 'The withdrawal, queued'), ...PROBLEMS }
    }
  }, async function createWithdrawal (request, reply) {
    const caller = access.requireCaller(request.caller)
    reply.code(201)
    return await withdrawals.create(caller, request.body, (work) => idempotency.once(request, reply, work))
  })

  fastify.get('', {
    config: { access: 'user', cost: LIST_COST, problems: [404] },
    schema: {
      operationId: 'listWithdrawals',
      tags,
      summary: 'List withdrawals',
      description: 'Your own, newest first; for admins everybody’s, or those of `user_id`; 404 for somebody else’s.',
      querystring: WithdrawalListQuerySchema,
      response: { 200: PageSchema(WithdrawalSchema), ...PROBLEMS }
    }
  }, async function listWithdrawals (request, reply) {
    return reply.page(await withdrawals.list(access.requireCaller(request.caller), request.query), presenter.withdrawal)
  })

  fastify.get('/:id', {
    config: { access: 'user', problems: [404] },
    schema: {
      operationId: 'getWithdrawal',
      tags,
      summary: 'Get a withdrawal',
      description: 'Your own; for admins anybody’s.',
      params: WithdrawalParamsSchema,
      response: { 200: AnswerSchema(WithdrawalSchema, 'The withdrawal'), ...PROBLEMS }
    }
  }, async function getWithdrawal (request) {
    return presenter.withdrawal(await withdrawals.find(access.requireCaller(request.caller), request.params.id))
  })

  fastify.post('/:id/cancel', {
    config: { access: 'user', scope: 'full', idempotent: true, priority: 'withdrawal', problems: [404, 409, 422] },
    schema: {
      operationId: 'cancelWithdrawal',
      tags,
      summary: 'Cancel a withdrawal',
      description: `Takes it back while it is queued; the amount is on the balance again. 409 \`WITHDRAWAL_STARTED\` once its payment has begun. ${REPLAY}`,
      headers: IdempotencyKeySchema,
      params: WithdrawalParamsSchema,
      response: { 200: AnswerSchema(WithdrawalSchema, 'The withdrawal, cancelled'), ...PROBLEMS }
    }
  }, async function cancelWithdrawal (request, reply) {
    const caller = access.requireCaller(request.caller)
    return await withdrawals.cancel(caller, request.params.id, (work) => idempotency.once(request, reply, work))
  })
}
export default withdrawalRoutes
