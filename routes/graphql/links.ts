import type { FastifyInstance } from 'fastify'
import type { MercuriusContext } from 'mercurius'
import { Type } from 'typebox'
import type { Analyst } from '../../schemas/analysts.ts'
import { PageQuerySchema } from '../../schemas/common.ts'
import { AnalystSignalsQuerySchema, type Signal } from '../../schemas/signals.ts'
import type { Subscription } from '../../schemas/subscriptions.ts'
import type { Transaction } from '../../schemas/transactions.ts'
import type { Caller, User } from '../../schemas/users.ts'
import { WithdrawalListQuerySchema } from '../../schemas/withdrawals.ts'
import { createArguments } from './arguments.ts'
import type { Resolver } from './context.ts'
import { toSnakeCase } from './names.ts'
import type { Present } from './present.ts'
import { createReferralLinks } from './referral-links.ts'
import { fieldsOf } from './selection.ts'

/** Fields of a user that are for the user and admins. */
const PRIVATE_FIELDS = ['tier', 'balance', 'isActive', 'subscriptionExpires', 'referredBy'] as const

const SignalsQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  status: AnalystSignalsQuerySchema.properties.status
}, { additionalProperties: false })

const WithdrawalsQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  status: WithdrawalListQuerySchema.properties.status
}, { additionalProperties: false })

/** Fields that follow a link; each kind of link of an answer is loaded by one command. */
export function createLinks (fastify: FastifyInstance, present: Present) {
  const { access, httpErrors, paymentsRepository, referralsRepository, tradeSignalsRepository, transactionsRepository, withdrawalAddresses, withdrawals } = fastify
  const reader = createArguments(fastify)
  const readSignals = reader(SignalsQuerySchema)
  const readPage = reader(PageQuerySchema)
  const readWithdrawals = reader(WithdrawalsQuerySchema)

  /** 401 for anonymous callers, 403 for other users. */
  function requirePrivate ({ user_id: id }: User, { scope }: MercuriusContext): void {
    if (!access.mayReadUser(access.requireCaller(scope.caller), id)) throw httpErrors.forbidden('Only the user and admins may see this')
  }

  /** The caller, for what nobody else may see, so that no page of users asks for each one's. */
  function requireSelf ({ user_id: id }: User, { scope }: MercuriusContext): Caller {
    const caller = access.requireCaller(scope.caller)
    if (caller.user_id !== id) throw httpErrors.forbidden('Only the user may see this')
    return caller
  }

  function guarded (field: string): Resolver<User> {
    const property = toSnakeCase(field)
    return function readPrivate (user, _args, context): unknown {
      requirePrivate(user, context)
      return Reflect.get(user, property)
    }
  }

  const userOf: Resolver<Analyst | Subscription | Transaction> = async function user ({ user_id: id }, _args, { scope }, info) {
    return present.user(await scope.loaders.users(id, fieldsOf(info, 'User')))
  }

  const Analyst = {
    user: userOf,

    async signals ({ id }, args, context, info) {
      const { cursor, ...query } = readSignals(args)
      const fields = fieldsOf(info, 'Signal')
      const page = cursor === undefined
        ? await context.scope.loaders.analystSignals(id, query, fields)
        : await tradeSignalsRepository.list({ ...query, analyst_id: id, cursor, fields })
      return await present.signals(page, context)
    }
  } satisfies Record<string, Resolver<Analyst>>

  const Signal = {
    async analyst ({ analyst_id: id }, _args, { scope }, info) {
      return present.analyst(await scope.loaders.analysts(id, fieldsOf(info, 'Analyst')))
    }
  } satisfies Record<string, Resolver<Signal>>

  const User = {
    ...Object.fromEntries(PRIVATE_FIELDS.map((field) => [field, guarded(field)])),

    async referrer (user, _args, context, info) {
      requirePrivate(user, context)
      if (user.referred_by === null) return null
      return present.user(await context.scope.loaders.users(user.referred_by, fieldsOf(info, 'User')))
    },

    async stats (user, _args, context) {
      requirePrivate(user, context)
      return present.stats(await context.scope.loaders.userStats(user.user_id))
    },

    async payments (user, args, context) {
      requirePrivate(user, context)
      const { cursor, limit } = readPage(args)
      const page = cursor === undefined
        ? await context.scope.loaders.userPayments(user.user_id, { limit })
        : await paymentsRepository.list({ user_id: user.user_id, limit, cursor })
      return present.payments(page)
    },

    async transactions (user, args, context, info) {
      requirePrivate(user, context)
      const { cursor, ...query } = readPage(args)
      const fields = fieldsOf(info, 'Transaction')
      const page = cursor === undefined
        ? await context.scope.loaders.userTransactions(user.user_id, query, fields)
        : await transactionsRepository.list({ ...query, user_id: user.user_id, cursor, fields })
      return present.transactions(page)
    },

    async referrals (user, args, context) {
      requirePrivate(user, context)
      const { cursor, ...query } = readPage(args)
      const page = cursor === undefined
        ? await context.scope.loaders.userReferrals(user.user_id, query)
        : await referralsRepository.list({ ...query, referrer_id: user.user_id, cursor })
      return present.referrals(page, user.user_id)
    },

    async withdrawalAddresses (user, _args, context) {
      return await withdrawalAddresses.list(requireSelf(user, context).user_id)
    },

    async withdrawals (user, args, context) {
      const caller = requireSelf(user, context)
      return present.withdrawals(await withdrawals.list(caller, { ...readWithdrawals(args), user_id: caller.user_id }))
    }
  } satisfies Record<string, Resolver<User>>

  return { ...createReferralLinks(fastify), Analyst, Signal, SubscriptionPurchase: { user: userOf }, Transaction: { user: userOf }, User }
}
