import type { FastifyInstance } from 'fastify'
import type { Subscribers } from './subscribers.ts'

type MoneyTransaction = Parameters<Parameters<FastifyInstance['ledger']['transact']>[0]>[0]
type Entry = Awaited<ReturnType<MoneyTransaction['post']>>

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'BALANCE_LIMIT'

/** Pays the share of who referred a subscriber; `percent` of what was paid, rounded down to micro-USDT. */
export function createReferralShare (subscribers: Subscribers, percent: number) {
  /** Undefined where the account of the referrer cannot take it: that is no reason to refuse the subscriber. */
  async function credit ({ post }: MoneyTransaction, referrerId: number, { _id, amount }: Entry): Promise<Entry | undefined> {
    try {
      return await post({ user_id: referrerId, kind: 'referral', amount: Math.floor(-amount * percent / 100), reference: `transaction:${_id.toHexString()}` })
    } catch (error) {
      if (isFull(error)) return undefined
      throw error
    }
  }

  async function mayEarn ({ session }: MoneyTransaction, referrerId: number, { user_id: payer, amount }: Entry): Promise<boolean> {
    return referrerId !== payer && -amount * percent >= 100 && await subscribers.isActive(referrerId, session)
  }

  return async function share (transaction: MoneyTransaction, referrerId: number, paid: Entry): Promise<void> {
    if (!await mayEarn(transaction, referrerId, paid)) return
    const entry = await credit(transaction, referrerId, paid)
    if (entry === undefined) return
    const { amount, created_at: createdAt } = entry
    await subscribers.addEarning({ referrer_id: referrerId, referred_id: paid.user_id, transaction_id: paid._id, amount, created_at: createdAt }, transaction.session)
  }
}
