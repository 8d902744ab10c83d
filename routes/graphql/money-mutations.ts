import type { FastifyInstance } from 'fastify'
import { NewSubscriptionSchema } from '../../schemas/subscriptions.ts'
import { NewAdjustmentSchema } from '../../schemas/transactions.ts'
import { NewWithdrawalSchema, WithdrawalParamsSchema, WithdrawalResolutionSchema } from '../../schemas/withdrawals.ts'
import { createArguments } from './arguments.ts'
import type { Resolver } from './context.ts'
import { createDeeds } from './deeds.ts'

interface InputArguments {
  input: object
}

/** The writes that move money, behind the same services as those of REST; each takes the `Idempotency-Key` of its request. */
export function createMoneyMutations (fastify: FastifyInstance) {
  const { access, adjustments, subscriptions, withdrawals } = fastify
  const { once, requireSpender } = createDeeds(fastify)
  const reader = createArguments(fastify)
  const readAdjustment = reader(NewAdjustmentSchema)
  const readSubscription = reader(NewSubscriptionSchema, 'body')
  const readNewWithdrawal = reader(NewWithdrawalSchema, 'body')
  const readWithdrawal = reader(WithdrawalParamsSchema)
  const readResolution = reader(WithdrawalResolutionSchema, 'body')

  return {
    async createAdjustment (_source, args, { scope }) {
      const caller = requireSpender(scope)
      access.requireAdmin(caller)
      const input = readAdjustment(args.input)
      return await once(scope, { name: 'createAdjustment', input, task: (transact) => adjustments.create(caller, input, transact) })
    },

    async createSubscription (_source, args, { scope }) {
      const caller = requireSpender(scope)
      const input = readSubscription(args.input)
      return await once(scope, { name: 'createSubscription', input, task: (transact) => subscriptions.buy(caller, input, transact) })
    },

    async createWithdrawal (_source, args, { scope }) {
      const caller = requireSpender(scope)
      const input = readNewWithdrawal(args.input)
      return await once(scope, { name: 'createWithdrawal', input, task: (transact) => withdrawals.create(caller, input, transact) })
    },

    async cancelWithdrawal (_source, args, { scope }) {
      const caller = requireSpender(scope)
      const input = readWithdrawal(args)
      return await once(scope, { name: 'cancelWithdrawal', input, task: (transact) => withdrawals.cancel(caller, input.id, transact) })
    },

    async resolveWithdrawal (_source, { input, ...target }, { scope }) {
      const caller = requireSpender(scope)
      access.requireAdmin(caller)
      const { id } = readWithdrawal(target)
      const resolution = readResolution(input)
      return await once(scope, { name: 'resolveWithdrawal', input: { id, ...resolution }, task: (transact) => withdrawals.resolve(caller, id, resolution, transact) })
    }
  } satisfies Record<string, Resolver<unknown, InputArguments>>
}
