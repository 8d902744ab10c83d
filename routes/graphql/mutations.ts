import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { NewSignalSchema, SignalChangesSchema, SignalParamsSchema, SignalSchema } from '../../schemas/signals.ts'
import { ProfileChangesSchema, type Caller } from '../../schemas/users.ts'
import { NewWithdrawalAddressSchema, WithdrawalAddressParamsSchema } from '../../schemas/withdrawal-addresses.ts'
import { createArguments } from './arguments.ts'
import type { RequestScope, Resolver } from './context.ts'

const UpdateSignalSchema = Type.Object({
  id: SignalParamsSchema.properties.id,
  version: Type.Optional(SignalSchema.properties.version)
}, { additionalProperties: false })

interface InputArguments {
  input: object
}

/** The writes of REST, behind the same services. */
export function createMutations (fastify: FastifyInstance) {
  const { access, accounts, signals, withdrawalAddresses } = fastify
  const reader = createArguments(fastify)
  const readNewSignal = reader(NewSignalSchema, 'body')
  const readTarget = reader(UpdateSignalSchema)
  const readSignalChanges = reader(SignalChangesSchema, 'body')
  const readProfileChanges = reader(ProfileChangesSchema, 'body')
  const readNewAddress = reader(NewWithdrawalAddressSchema, 'body')
  const readAddress = reader(WithdrawalAddressParamsSchema)

  function requireScope ({ caller: asking }: RequestScope, asked: 'trade' | 'full'): Caller {
    const caller = access.requireCaller(asking)
    access.requireScope(caller, asked)
    return caller
  }

  return {
    async createSignal (_source, { input }, { scope }) {
      const caller = requireScope(scope, 'trade')
      return await signals.create(caller, readNewSignal(input))
    },

    async updateSignal (_source, { input, ...target }, { scope }) {
      const caller = requireScope(scope, 'trade')
      const { id, version = null } = readTarget(target)
      return await signals.update(caller, id, version, readSignalChanges(input))
    },

    async updateProfile (_source, { input }, { scope }) {
      const caller = requireScope(scope, 'full')
      return await accounts.updateProfile(caller, readProfileChanges(input))
    },

    async addWithdrawalAddress (_source, { input }, { scope }) {
      const caller = requireScope(scope, 'full')
      return await withdrawalAddresses.create(caller, readNewAddress(input))
    },

    async removeWithdrawalAddress (_source, args, { scope }) {
      const caller = requireScope(scope, 'full')
      const { id } = readAddress(args)
      await withdrawalAddresses.remove(caller, id)
      return id
    }
  } satisfies Record<string, Resolver<unknown, InputArguments>>
}
