import type { FastifyInstance } from 'fastify'
import { IdempotencyKeySchema } from '../../schemas/common.ts'
import type { Caller } from '../../schemas/users.ts'
import { createArguments } from './arguments.ts'
import type { RequestScope } from './context.ts'

type Transact = FastifyInstance['ledger']['transact']

/** A mutation by its name, with its input as it was understood: the key stands for both. */
interface Deed<T> {
  name: string
  input: object
  task: (transact: Transact) => Promise<T>
}

/** What mutations that move money have in common: who may do them, and that each is done once by the `Idempotency-Key` of its request. */
export function createDeeds (fastify: FastifyInstance) {
  const { access, httpErrors, idempotency } = fastify
  const readKey = createArguments(fastify)(IdempotencyKeySchema)

  function keyOf ({ idempotencyKey }: RequestScope): string {
    if (idempotencyKey === undefined) {
      throw httpErrors.createError(400, 'Send Idempotency-Key, so that a lost answer can be asked for again', { code: 'IDEMPOTENCY_KEY_REQUIRED' })
    }
    return readKey({ 'idempotency-key': idempotencyKey })['idempotency-key']
  }

  return {
    /** The caller; API keys move no money. */
    requireSpender: ({ caller: asking }: RequestScope): Caller => {
      const caller = access.requireCaller(asking)
      access.requireScope(caller, 'full')
      return caller
    },

    once: <T>(scope: RequestScope, { name, input, task }: Deed<T>): Promise<T> => {
      const { caller, onReplay } = scope
      // in one order, however the client spelt it
      const what = [name, JSON.stringify(input, Object.keys(input).sort())]
      return idempotency.perform({ caller, key: keyOf(scope), what, task, onReplay })
    }
  }
}
