import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../../../schemas/users.ts'
import type { WithdrawalListQuery } from '../../../schemas/withdrawals.ts'
import { createCodeDelivery } from './code-delivery.ts'
import { createCodes } from './codes.ts'
import { createMaking } from './making.ts'
import { createPaying } from './paying.ts'
import { createWithdrawalRepository, type StoredWithdrawal } from './repository.ts'
import { createResolving } from './resolving.ts'
import { createReconciliation } from './reconciliation.ts'
import { createRules } from './rules.ts'
import { createSettling } from './settling.ts'

declare module 'fastify' {
  interface FastifyInstance {
    withdrawals: ReturnType<typeof createWithdrawals>
  }
}

function createWithdrawals (fastify: FastifyInstance) {
  const { access, accounts, auditLog, config, documents, httpErrors, keyset, log, monitored, jobs, money, outbox, payouts, presenter, withdrawalAddresses } = fastify
  const repository = createWithdrawalRepository({ documents, keyset, monitored })
  const settle = createSettling(repository)
  const codes = createCodes({ documents, httpErrors, deliver: createCodeDelivery({ config, httpErrors, log }) })
  const rules = createRules({ access, accounts, config, documents, httpErrors, money, payouts, withdrawalAddresses, repository })
  jobs.define('withdrawal', createPaying({ httpErrors, payouts, repository, settle }))

  return {
    ...createMaking({ codes, config, httpErrors, money, outbox, presenter, repository, rules }),
    differences: createReconciliation({ documents }),
    resolve: createResolving({ auditLog, httpErrors, outbox, presenter, repository, settle }),

    /** The caller's withdrawals, newest first; for admins everybody's, or one user's. 404. */
    list: (caller: Caller, { user_id: asked, ...query }: WithdrawalListQuery) => {
      const userId = access.transactionsOwner(caller, asked)
      return repository.list({ ...query, ...(userId !== undefined && { user_id: userId }) })
    },

    /** One of the caller's; for admins anybody's. 404. */
    async find (caller: Caller, id: string): Promise<StoredWithdrawal> {
      const withdrawal = await repository.find(id)
      if (withdrawal === null || !access.mayReadUser(caller, withdrawal.user_id)) throw httpErrors.notFound('There is no such withdrawal')
      return withdrawal
    }
  }
}

/**
 * Optimization 10: withdrawals, debited and enqueued in one transaction, paid once by a provider or refunded once. Closed: what
 * is not known is not done again, and what cannot be known waits for a person.
 */
export default fp(async function withdrawals (fastify) {
  fastify.decorate('withdrawals', createWithdrawals(fastify))
}, {
  name: 'withdrawals',
  dependencies: ['access', 'accounts', 'audit-log', 'config', 'documents', 'jobs', 'keyset', 'money', 'outbox', 'payouts', 'performance-monitor', 'presenter', 'sensible', 'withdrawal-addresses']
})
