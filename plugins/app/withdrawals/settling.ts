import type { FastifyInstance } from 'fastify'
import type { WithdrawalStatus } from '../../../schemas/withdrawals.ts'
import type { StoredWithdrawal, WithdrawalRepository } from './repository.ts'

type MoneyTransaction = Parameters<Parameters<FastifyInstance['ledger']['transact']>[0]>[0]

/** How a withdrawal ends: the provider's reference, or why it does not pay. */
export type End = { outcome: 'paid', reference: string } | { outcome: 'refused', reason: string }

/** Not ended yet; `queued` too, since a job may be given up that never came to ask the provider. */
export const OPEN: readonly WithdrawalStatus[] = ['queued', 'processing', 'unknown']

/** Ends withdrawals, once: false for one that has ended. What is refused is refunded in the same transaction. */
export function createSettling (repository: WithdrawalRepository) {
  return async function settle ({ post, session }: MoneyTransaction, { _id, user_id: userId, amount }: StoredWithdrawal, end: End): Promise<boolean> {
    if (end.outcome === 'paid') return await repository.change(_id, OPEN, { status: 'paid', reference: end.reference, reason: null }, session) !== null
    // the status first: who finds it ended refunds nothing
    if (await repository.change(_id, OPEN, { status: 'refused', reason: end.reason }, session) === null) return false
    const refund = await post({ user_id: userId, kind: 'refund', amount, reference: `withdrawal:${_id.toHexString()}` })
    await repository.change(_id, ['refused'], { refund_id: refund._id }, session)
    return true
  }
}
export type Settle = ReturnType<typeof createSettling>
