import type { FastifyInstance } from 'fastify'
import type { Caller } from '../../../schemas/users.ts'
import type { Withdrawal, WithdrawalResolution } from '../../../schemas/withdrawals.ts'
import type { StoredWithdrawal, WithdrawalRepository } from './repository.ts'
import type { Settle } from './settling.ts'

type Transact = FastifyInstance['ledger']['transact']

interface Needs extends Pick<FastifyInstance, 'auditLog' | 'httpErrors' | 'outbox' | 'presenter'> {
  repository: WithdrawalRepository
  settle: Settle
}

/** What operators decide about withdrawals whose outcome could not be found out. */
export function createResolving ({ auditLog, httpErrors, outbox, presenter, repository, settle }: Needs) {
  async function end (id: string, { outcome, note }: WithdrawalResolution, transact: Transact): Promise<Withdrawal> {
    return await transact(async (transaction) => {
      const { session } = transaction
      const stored = await repository.find(id, session)
      if (stored === null) throw httpErrors.notFound('There is no such withdrawal')
      const isGivenUp = await outbox.letters.dropOf('withdrawal', id, session)
      if (!isGivenUp || !await settle(transaction, stored, outcome === 'paid' ? { outcome, reference: note } : { outcome, reason: note })) {
        throw httpErrors.createError(409, 'It has ended, or is still being looked into', { code: 'WITHDRAWAL_NOT_GIVEN_UP' })
      }
      return presenter.withdrawal(await repository.find(id, session) as StoredWithdrawal)
    })
  }

  /** Ends a withdrawal whose job was given up; audited. 404; 409 `WITHDRAWAL_NOT_GIVEN_UP`. */
  return async function resolve ({ user_id: actor }: Caller, id: string, resolution: WithdrawalResolution, transact: Transact): Promise<Withdrawal> {
    return await auditLog.precede({ action: 'withdrawal_resolve', actor_id: actor, target: `withdrawal:${id}` }, () => end(id, resolution, transact))
  }
}
