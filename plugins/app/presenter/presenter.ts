import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import type { ApiKey, ApiKeyDocument } from '../../../schemas/api-keys.ts'
import type { AuditEntry, AuditEntryDocument } from '../../../schemas/audit-log.ts'
import type { Transaction, TransactionDocument } from '../../../schemas/transactions.ts'
import type { User, UserDocument, UserStats } from '../../../schemas/users.ts'
import { createMarketPresenter } from './market.ts'
import { createOperationsPresenter } from './operations.ts'
import { createPaymentsPresenter } from './payments.ts'
import { pick, timeOf, timeOrNull, type Fields } from './parts.ts'
import { createReferralPresenter } from './referrals.ts'
import { createWithdrawalPresenter } from './withdrawal.ts'

type StoredTransaction = WithId<TransactionDocument>

/** Statistics of a user as the database has them, earnings in micro-USDT. */
type StoredStats = Omit<UserStats, 'total_referral_earnings'> & { total_referral_earnings: number }

/** Presents every kind of document. */
export function createPresenter (money: FastifyInstance['money']) {
  const amountOf = (micro: number | undefined) => micro === undefined ? undefined : money.format(micro)

  function user (doc: WithId<UserDocument>): User
  function user (doc: Partial<UserDocument>, fields?: Fields): Partial<User>
  function user (doc: Partial<UserDocument>, fields?: Fields): Partial<User> {
    return pick({
      user_id: doc.user_id,
      username: doc.username,
      tier: doc.tier,
      balance: amountOf(doc.balance),
      is_active: doc.is_active,
      subscription_expires: timeOrNull(doc.subscription_expires),
      referred_by: doc.referred_by,
      created_at: timeOf(doc.created_at)
    }, fields)
  }

  function transaction (doc: StoredTransaction): Transaction
  function transaction (doc: Partial<StoredTransaction>, fields?: Fields): Partial<Transaction>
  function transaction (doc: Partial<StoredTransaction>, fields?: Fields): Partial<Transaction> {
    return pick({
      id: doc._id?.toHexString(),
      user_id: doc.user_id,
      kind: doc.kind,
      amount: amountOf(doc.amount),
      status: doc.status,
      reference: doc.reference,
      created_at: timeOf(doc.created_at)
    }, fields)
  }

  function apiKey ({ _id, name, prefix, scope, created_at: created, expires_at: end, last_used_at: used }: WithId<ApiKeyDocument>): ApiKey {
    const isExpired = end !== null && end.getTime() <= Date.now()
    const times = { created_at: created.toISOString(), expires_at: end?.toISOString() ?? null, last_used_at: used?.toISOString() ?? null }
    return { id: _id.toHexString(), name, prefix, scope, is_expired: isExpired, ...times }
  }

  function auditEntry ({ _id, created_at: created, ...entry }: WithId<AuditEntryDocument>): AuditEntry {
    return { id: _id.toHexString(), ...entry, created_at: created.toISOString() }
  }

  return {
    user,
    transaction,
    apiKey,
    ...createWithdrawalPresenter(money),
    auditEntry,
    ...createMarketPresenter(),
    ...createOperationsPresenter(),
    ...createPaymentsPresenter(money),
    ...createReferralPresenter(money),

    stats: (stats: StoredStats): UserStats =>
      ({ ...stats, total_referral_earnings: money.format(stats.total_referral_earnings) }),

    /** Names in `?fields=a,b`; undefined if the parameter was not sent. */
    fieldsOf: (text: string | undefined): string[] | undefined => text?.split(',')
  }
}
