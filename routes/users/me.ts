import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AnswerSchema, HASH_COST, LIST_COST, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { FileSchema, STATEMENT_COST, StatementQuerySchema } from '../../schemas/exports.ts'
import { TransactionSchema, UserTransactionsQuerySchema } from '../../schemas/transactions.ts'
import { ProfileChangesSchema, UserQuerySchema, UserSchema, UserStatsSchema } from '../../schemas/users.ts'
import { createUserViews } from './views.ts'

const tags = ['users']

/** The caller's own profile. */
const me: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, accounts, exports, statements } = fastify
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

  fastify.get('/me/transactions.csv', {
    // HEAD would read the whole statement
    exposeHeadRoute: false,
    config: { access: 'user', cost: STATEMENT_COST, priority: 'export', problems: [422, 426] },
    schema: {
      operationId: 'getMyStatement',
      tags,
      summary: 'Download your statement of a month',
      description: 'CSV (RFC 4180) with a header: your entries of the month, UTC, oldest first, each with the balance after it, between rows of the kinds `opening` and `closing`. Only completed entries count for the balance. 422 `MONTH_NOT_BEGUN`; 503 `EXPORTS_BUSY` while you download another one, or too many others do.',
      querystring: StatementQuerySchema,
      response: { 200: FileSchema('text/csv', 'The statement', 'date,id,kind,amount,status,reference,balance\r\n2026-11-01T00:00:00.000Z,,opening,,,,1250.500000\r\n'), ...PROBLEMS }
    }
  }, async function getMyStatement (request, reply) {
    const { user_id: owner } = access.requireCaller(request.caller)
    const { month } = request.query
    return exports.send(request, reply, { filename: `statement-${month}.csv`, kind: 'statement', owner, open: () => statements.open(owner, month) })
  })
}
export default me
