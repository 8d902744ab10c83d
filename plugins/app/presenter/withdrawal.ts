import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import type { Withdrawal, WithdrawalDocument } from '../../../schemas/withdrawals.ts'
import { withdrawalAddress } from './withdrawal-address.ts'

/** Presents withdrawals. */
export function createWithdrawalPresenter ({ format }: Pick<FastifyInstance['money'], 'format'>) {
  return {
    withdrawalAddress,

    withdrawal: ({ _id, amount, created_at: created, updated_at: updated, ...document }: WithId<WithdrawalDocument<unknown>>): Withdrawal => ({
      id: _id.toHexString(),
      user_id: document.user_id,
      amount: format(amount),
      wallet_address: document.wallet_address,
      network: document.network,
      priority: document.priority,
      status: document.status,
      reference: document.reference,
      reason: document.reason,
      created_at: created.toISOString(),
      updated_at: updated.toISOString()
    })
  }
}
