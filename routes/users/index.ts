import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AnswerSchema, HASH_COST, LIST_COST, LOCATION, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { TransactionSchema, UserTransactionsQuerySchema } from '../../schemas/transactions.ts'
import { SignUpSchema, UserListQuerySchema, UserParamsSchema, UserQuerySchema, UserSchema, UserStatsSchema } from '../../schemas/users.ts'
import me from './me.ts'
import referrals from './referrals.ts'
import { createUserViews } from './views.ts'

const tags = ['users']
const visibility = "For the user and admins: to anybody else, other people's data is not found (404)."

/** Users: sign-up, what they see of themselves, and what admins see of them. */
const users: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, accounts, presenter, usersRepository } = fastify
  const views = createUserViews(fastify)

  await fastify.register(me)
  await fastify.register(referrals)

  fastify.post('', {
    config: { access: 'public', cost: HASH_COST, problems: [409, 422] },
    schema: {
      operationId: 'signUp',
      tags,
      summary: 'Sign up',
      description: 'Creates a free account. 409 `USERNAME_TAKEN`, 422 `UNKNOWN_USER` for a `referred_by` that does not exist.',
      body: SignUpSchema,
      response: { 201: AnswerSchema(UserSchema, 'The new user', LOCATION), ...PROBLEMS }
    }
  }, async function signUp (request, reply) {
    const user = await accounts.signUp(request.body)
    reply.code(201).header('location', `/v1/users/${user.user_id}`)
    return user
  })

  fastify.get('', {
    config: { access: 'admin', cost: LIST_COST },
    schema: {
      operationId: 'listUsers',
      tags,
      summary: 'List users',
      description: 'For admins; newest first.',
      querystring: UserListQuerySchema,
      response: { 200: PageSchema(Type.Partial(UserSchema, { additionalProperties: false })), ...PROBLEMS }
    }
  }, async function listUsers (request, reply) {
    const fields = presenter.fieldsOf(request.query.fields)
    const page = await usersRepository.list({ ...request.query, fields })
    return reply.page(page, (user) => presenter.user(user, fields))
  })

  fastify.get('/:user_id', {
    config: { access: 'user' },
    schema: {
      operationId: 'getUser',
      tags,
      summary: 'Read a user',
      description: visibility,
      params: UserParamsSchema,
      querystring: UserQuerySchema,
      response: { 200: AnswerSchema(Type.Partial(UserSchema, { additionalProperties: false }), 'The user'), ...PROBLEMS }
    }
  }, async function getUser ({ caller, params, query }) {
    access.requireReadUser(access.requireCaller(caller), params.user_id)
    return views.readUser(params.user_id, query.fields)
  })

  fastify.get('/:user_id/stats', {
    config: { access: 'user' },
    schema: {
      operationId: 'getUserStats',
      tags,
      summary: "Read a user's statistics",
      description: `Number of transactions and total referral earnings. ${visibility}`,
      params: UserParamsSchema,
      response: { 200: AnswerSchema(UserStatsSchema, 'The statistics'), ...PROBLEMS }
    }
  }, async function getUserStats ({ caller, params }) {
    access.requireReadUser(access.requireCaller(caller), params.user_id)
    return views.readStats(params.user_id)
  })

  fastify.get('/:user_id/transactions', {
    config: { access: 'user', cost: LIST_COST },
    schema: {
      operationId: 'listUserTransactions',
      tags,
      summary: "List a user's transactions",
      description: `Newest first. ${visibility}`,
      params: UserParamsSchema,
      querystring: UserTransactionsQuerySchema,
      response: { 200: PageSchema(Type.Partial(TransactionSchema, { additionalProperties: false })), ...PROBLEMS }
    }
  }, async function listUserTransactions ({ caller, params, query }, reply) {
    access.requireReadUser(access.requireCaller(caller), params.user_id)
    return views.listTransactions(params.user_id, query, reply)
  })
}
export default users
