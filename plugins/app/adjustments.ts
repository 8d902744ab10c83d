import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { NewAdjustment, Transaction } from '../../schemas/transactions.ts'
import type { Caller } from '../../schemas/users.ts'

declare module 'fastify' {
  interface FastifyInstance {
    adjustments: ReturnType<typeof createAdjustments>
  }
}

type Transact = FastifyInstance['ledger']['transact']

function createAdjustments ({ auditLog, money, presenter }: Pick<FastifyInstance, 'auditLog' | 'money' | 'presenter'>) {
  return {
    /**
     * Corrects a balance by `transact`, audited. 404; 422 `INVALID_AMOUNT`, `INSUFFICIENT_BALANCE`, `BALANCE_LIMIT`.
     */
    create: ({ user_id: actor }: Caller, { user_id: userId, amount, reason }: NewAdjustment, transact: Transact): Promise<Transaction> =>
      auditLog.precede({ action: 'adjustment', actor_id: actor, target: `user:${userId}` }, () => transact(async ({ post }) =>
        presenter.transaction(await post({ user_id: userId, kind: 'adjustment', amount: money.parse(amount), reference: reason }))))
  }
}

/** What operators correct of balances, for REST and GraphQL. Closed: no entry of the audit log, no correction. */
export default fp(async function adjustments (fastify) {
  fastify.decorate('adjustments', createAdjustments(fastify))
}, { name: 'adjustments', dependencies: ['audit-log', 'ledger', 'money', 'presenter'] })
