import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { LIST_COST, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { TransactionListQuerySchema, TransactionSchema } from '../../schemas/transactions.ts'

/** The ledger. */
const transactions: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, presenter, transactionsRepository } = fastify

  fastify.get('', {
    config: { access: 'user', cost: LIST_COST, problems: [404] },
    schema: {
      operationId: 'listTransactions',
      tags: ['transactions'],
      summary: 'List transactions',
      description: "The caller's own, or everybody's for an admin; newest first. Another user's are not found.",
      querystring: TransactionListQuerySchema,
      response: { 200: PageSchema(Type.Partial(TransactionSchema, { additionalProperties: false })), ...PROBLEMS }
    }
  }, async function listTransactions (request, reply) {
    const { user_id: userId, ...query } = request.query
    const fields = presenter.fieldsOf(query.fields)
    const owner = access.transactionsOwner(access.requireCaller(request.caller), userId)
    const page = await transactionsRepository.list({ ...query, user_id: owner, fields })
    return reply.page(page, (transaction) => presenter.transaction(transaction, fields))
  })
}
export default transactions
