import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AnswerSchema, IdempotencyKeySchema, PROBLEMS } from '../../schemas/common.ts'
import { ListSchema } from '../../schemas/market.ts'
import { NewSubscriptionSchema, PlanSchema, SubscriptionSchema } from '../../schemas/subscriptions.ts'

const tags = ['subscriptions']

/** Plans, and buying them. */
const subscriptionRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, idempotency, subscriptions } = fastify

  fastify.get('/plans', {
    config: { access: 'public', cache: { ttl: 300, stale: 300, scope: 'public', tags, maxAge: 60 } },
    schema: {
      operationId: 'listPlans',
      tags,
      summary: 'List plans',
      description: 'What can be subscribed to, with the price of a month.',
      response: { 200: ListSchema(PlanSchema, 'The plans'), ...PROBLEMS }
    }
  }, async function listPlans () {
    return { data: subscriptions.plans() }
  })

  fastify.post('', {
    // a purchase cannot be undone: no program makes it by its key alone
    config: { access: 'user', scope: 'full', idempotent: true, problems: [404, 409, 422] },
    schema: {
      operationId: 'createSubscription',
      tags,
      summary: 'Subscribe',
      description: 'Pays from the balance, and adds calendar months to the end of the present subscription, or to now: 422 `INSUFFICIENT_BALANCE`. Not with an API key. `Idempotent-Replayed: true` marks an answer that was given before; 409 `IDEMPOTENCY_KEY_IN_USE`; 422 `IDEMPOTENCY_KEY_REUSED`.',
      headers: IdempotencyKeySchema,
      body: NewSubscriptionSchema,
      response: { 201: AnswerSchema(SubscriptionSchema, 'What was bought'), ...PROBLEMS }
    }
  }, async function createSubscription (request, reply) {
    const caller = access.requireCaller(request.caller)
    reply.code(201)
    return subscriptions.buy(caller, request.body, (work) => idempotency.once(request, reply, work))
  })
}
export default subscriptionRoutes
