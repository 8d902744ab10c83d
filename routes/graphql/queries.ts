import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { AnalystListQuerySchema, AnalystParamsSchema } from '../../schemas/analysts.ts'
import { SignalListQuerySchema, SignalParamsSchema } from '../../schemas/signals.ts'
import { TransactionListQuerySchema } from '../../schemas/transactions.ts'
import { UserListQuerySchema, UserParamsSchema } from '../../schemas/users.ts'
import { WithdrawalParamsSchema } from '../../schemas/withdrawals.ts'
import { createArguments } from './arguments.ts'
import type { Resolver } from './context.ts'
import type { Present } from './present.ts'
import { fieldsOf } from './selection.ts'

const MAX_TOP_ANALYSTS = 50
const TopQuerySchema = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: MAX_TOP_ANALYSTS, default: 10 })
}, { additionalProperties: false })

/** What can be read, by the rules of `access`; arguments are those of the REST lists. */
export function createQueries (fastify: FastifyInstance, present: Present) {
  const { access, analystsRepository, subscriptions, tradeSignalsRepository, transactionsRepository, usersRepository, withdrawals } = fastify
  const reader = createArguments(fastify)
  const readUser = reader(UserParamsSchema)
  const readUsers = reader(UserListQuerySchema)
  const readAnalyst = reader(AnalystParamsSchema)
  const readAnalysts = reader(AnalystListQuerySchema)
  const readTop = reader(TopQuerySchema)
  const readSignal = reader(SignalParamsSchema)
  const readSignals = reader(SignalListQuerySchema)
  const readTransactions = reader(TransactionListQuerySchema)
  const readWithdrawal = reader(WithdrawalParamsSchema)

  const queries = {
    async me (_source, _args, { scope }, info) {
      const { user_id: id } = access.requireCaller(scope.caller)
      return present.user(await scope.loaders.users(id, fieldsOf(info, 'User')))
    },

    async user (_source, args, { scope }, info) {
      const { user_id: id } = readUser(args)
      access.requireReadUser(access.requireCaller(scope.caller), id)
      return present.user(await scope.loaders.users(id, fieldsOf(info, 'User')))
    },

    async users (_source, args, { scope }, info) {
      access.requireAdmin(access.requireCaller(scope.caller))
      return present.users(await usersRepository.list({ ...readUsers(args), fields: fieldsOf(info, 'User') }))
    },

    async analyst (_source, args, { scope }, info) {
      return present.analyst(await scope.loaders.analysts(readAnalyst(args).id, fieldsOf(info, 'Analyst')))
    },

    async analysts (_source, args, _context, info) {
      return present.analysts(await analystsRepository.list({ ...readAnalysts(args), fields: fieldsOf(info, 'Analyst') }))
    },

    async topAnalysts (_source, args) {
      const found = await analystsRepository.top(readTop(args).limit)
      return found.map(present.analyst)
    },

    async signal (_source, args, context, info) {
      const found = await context.scope.loaders.signals(readSignal(args).id, fieldsOf(info, 'Signal'))
      return await present.signal(found, context)
    },

    async signals (_source, args, context, info) {
      const { from, to, ...query } = readSignals(args)
      const times = { ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) }
      const page = await tradeSignalsRepository.list({ ...query, ...times, fields: fieldsOf(info, 'Signal') })
      return await present.signals(page, context)
    },

    async transactions (_source, args, { scope }, info) {
      const { user_id: asked, ...query } = readTransactions(args)
      const owner = access.transactionsOwner(access.requireCaller(scope.caller), asked)
      const page = await transactionsRepository.list({ ...query, ...(owner !== undefined && { user_id: owner }), fields: fieldsOf(info, 'Transaction') })
      return present.transactions(page)
    },

    async withdrawal (_source, args, { scope }) {
      const caller = access.requireCaller(scope.caller)
      return present.withdrawal(await withdrawals.find(caller, readWithdrawal(args).id))
    },

    subscriptionPlans: () => subscriptions.plans()
  } satisfies Record<string, Resolver<unknown>>
  return queries
}
