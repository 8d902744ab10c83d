import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AnswerSchema, HASH_COST, LIST_COST, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { TransactionSchema, UserTransactionsQuerySchema } from '../../schemas/transactions.ts'
import { ProfileChangesSchema, UserQuerySchema, UserSchema, UserStatsSchema } from '../../schemas/users.ts'
import { createUserViews } from './views.ts'

const tags = ['users']

/** The caller's own profile. */
const me: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, accounts } = fastify
  const views = createUserViews(fastify)

  fastify.get('/me', {
    config: { access: 'user' },
    schema: {
      operationId: 'getMe',
      tags,
      summary: 'Read your profile',
      description: 'The user whose access token this is.',
      querystring: UserQuerySchema,
      response: { 200: AnswerSchema(Type.Partial(UserSchema, { additionalProperties: false }), 'You'), ...PROBLEMS }
    }
  }, async function getMe (request) {
    return views.readUser(access.requireCaller(request.caller).user_id, request.query.fields)
  })

  fastify.patch('/me', {
    config: { access: 'user', cost: HASH_COST, problems: [403, 409] },
    schema: {
      operationId: 'updateMe',
      tags,
      summary: 'Change your profile',
      description: 'The username, or the password with the current one. 403 `WRONG_PASSWORD`, 409 `USERNAME_TAKEN`.',
      body: ProfileChangesSchema,
      response: { 200: AnswerSchema(UserSchema, 'You as you are now'), ...PROBLEMS }
    }
  }, async function updateMe (request) {
    return accounts.updateProfile(access.requireCaller(request.caller), request.body)
  })

  fastify.get('/me/stats', {
    config: { access: 'user' },
    schema: {
      operationId: 'getMyStats',
      tags,
      summary: 'Read your statistics',
      description: 'Number of transactions and total referral earnings.',
      response: { 200: AnswerSchema(UserStatsSchema, 'Your statistics'), ...PROBLEMS }
    }
  }, async function getMyStats (request) {
    return views.readStats(access.requireCaller(request.caller).user_id)
  })

  fastify.get('/me/transactions', {
    config: { access: 'user', cost: LIST_COST },
    schema: {
      operationId: 'listMyTransactions',
      tags,
      summary: 'List your transactions',
      description: 'Newest first.',
      querystring: UserTransactionsQuerySchema,
      response: { 200: PageSchema(Type.Partial(TransactionSchema, { additionalProperties: false })), ...PROBLEMS }
    }
  }, async function listMyTransactions (request, reply) {
    return views.listTransactions(access.requireCaller(request.caller).user_id, request.query, reply)
  })
}
export default me
