import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { LIST_COST, PageQuerySchema, PROBLEMS } from '../../schemas/common.ts'
import { ReferralPageSchema } from '../../schemas/referrals.ts'
import { createUserViews } from './views.ts'

/** Whom the caller referred. */
const referrals: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access } = fastify
  const views = createUserViews(fastify)

  fastify.get('/me/referrals', {
    config: { access: 'user', cost: LIST_COST },
    schema: {
      operationId: 'listMyReferrals',
      tags: ['users'],
      summary: 'List your referrals',
      description: 'Users whom you referred, newest first, with what you earned by each, and totals of all of them. They have numbers and no names.',
      querystring: PageQuerySchema,
      response: { 200: ReferralPageSchema, ...PROBLEMS }
    }
  }, async function listMyReferrals (request, reply) {
    return views.listReferrals(access.requireCaller(request.caller).user_id, request.query, reply)
  })
}
export default referrals
