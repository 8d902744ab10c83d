import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AnswerSchema, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { NewWithdrawalAddressSchema, WithdrawalAddressParamsSchema, WithdrawalAddressSchema } from '../../schemas/withdrawal-addresses.ts'

const tags = ['withdrawals']

/** The caller's address book: withdrawals go nowhere else. */
const withdrawalAddressRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, withdrawalAddresses } = fastify

  fastify.post('', {
    config: { access: 'user', scope: 'full', problems: [409, 422] },
    schema: {
      operationId: 'addWithdrawalAddress',
      tags,
      summary: 'Add a withdrawal address',
      description: 'Withdrawals may go there from `usable_at` on. 422 `ADDRESS_CHECKSUM` unless the address is spelt with the checksum of its network (EIP-55 for ERC20, base58check for TRC20), 422 `ADDRESS_ZERO`, 409 `ADDRESS_EXISTS`; at most 20 (409 `TOO_MANY_ADDRESSES`). Not with an API key.',
      body: NewWithdrawalAddressSchema,
      response: { 201: AnswerSchema(WithdrawalAddressSchema, 'The address'), ...PROBLEMS }
    }
  }, async function addWithdrawalAddress (request, reply) {
    const address = await withdrawalAddresses.create(access.requireCaller(request.caller), request.body)
    reply.code(201)
    return address
  })

  fastify.get('', {
    config: { access: 'user' },
    schema: {
      operationId: 'listWithdrawalAddresses',
      tags,
      summary: 'List your withdrawal addresses',
      description: 'All of them on one page, newest first, those that still wait too.',
      response: { 200: PageSchema(WithdrawalAddressSchema), ...PROBLEMS }
    }
  }, async function listWithdrawalAddresses (request, reply) {
    const items = await withdrawalAddresses.list(access.requireCaller(request.caller).user_id)
    return reply.page({ items, nextCursor: null }, (address) => address)
  })

  fastify.delete('/:id', {
    config: { access: 'user', scope: 'full' },
    schema: {
      operationId: 'removeWithdrawalAddress',
      tags,
      summary: 'Remove a withdrawal address',
      description: 'No new withdrawal goes there; added again, it waits anew. 404 if it is not yours.',
      params: WithdrawalAddressParamsSchema,
      response: { 204: Type.Null({ description: 'The address is removed' }), ...PROBLEMS }
    }
  }, async function removeWithdrawalAddress (request, reply) {
    await withdrawalAddresses.remove(access.requireCaller(request.caller), request.params.id)
    reply.code(204)
    return null
  })
}
export default withdrawalAddressRoutes
