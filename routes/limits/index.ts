import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AnswerSchema, PROBLEMS } from '../../schemas/common.ts'
import { LimitsSchema } from '../../schemas/limits.ts'

/** The caller's budget. */
const limits: FastifyPluginAsyncTypebox = async (fastify) => {
  const { rateLimits } = fastify

  fastify.get('', {
    config: { access: 'optional' },
    schema: {
      operationId: 'getLimits',
      tags: ['limits'],
      summary: 'Read your limits',
      description: 'Your budget of cost and what is left of it, as the headers `RateLimit-Policy` and `RateLimit` of every answer say it. A simple read costs 1, a page 1 and 1 more for each 25 items, a GraphQL operation by its fields and pages; what needs a password costs 20.',
      response: { 200: AnswerSchema(LimitsSchema, 'Your limits'), ...PROBLEMS }
    }
  }, async function getLimits (request) {
    return rateLimits.describe(request)
  })
}
export default limits
