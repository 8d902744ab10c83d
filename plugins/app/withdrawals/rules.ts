import type { FastifyInstance } from 'fastify'
import type { ClientSession } from 'mongodb'
import type { Tier, UserDocument } from '../../../schemas/users.ts'
import type { NewWithdrawal } from '../../../schemas/withdrawals.ts'
import type { WithdrawalRepository } from './repository.ts'

const DAY_MS = 86_400_000

type Needs = Pick<FastifyInstance, 'access' | 'accounts' | 'config' | 'documents' | 'httpErrors' | 'money' | 'payouts' | 'withdrawalAddresses'> & { repository: WithdrawalRepository }

/** What a withdrawal must fulfil. */
export function createRules ({ access, accounts, config, documents, httpErrors, money, payouts, withdrawalAddresses, repository }: Needs) {
  const users = documents.collection<UserDocument>('users')
  const least = money.parse(config.WITHDRAWAL_MIN)
  const dailyLimits: Record<Tier, number> = {
    free: money.parse(config.WITHDRAWAL_DAILY_LIMIT_FREE),
    vip: money.parse(config.WITHDRAWAL_DAILY_LIMIT_VIP),
    analyst: money.parse(config.WITHDRAWAL_DAILY_LIMIT_ANALYST),
    admin: money.parse(config.WITHDRAWAL_DAILY_LIMIT_ANALYST)
  }

  return {
    /** Before anything is done. 503 `WITHDRAWALS_UNAVAILABLE`; 422 `INVALID_AMOUNT`, `ADDRESS_UNKNOWN`; 403 `ADDRESS_WAITING`, `PASSWORD_CHANGED`. */
    async check (userId: number, { amount, network, wallet_address: address }: NewWithdrawal): Promise<void> {
      if (!payouts.configured) throw httpErrors.createError(503, 'Nothing is paid out at present', { code: 'WITHDRAWALS_UNAVAILABLE' })
      if (money.parse(amount) < least) throw httpErrors.createError(422, `The least amount is ${config.WITHDRAWAL_MIN}`, { code: 'INVALID_AMOUNT' })
      await withdrawalAddresses.requireUsable(userId, network, address)
      await accounts.requireSettledPassword(userId)
    },

    /**
     * Within the transaction, once the balance was debited: no other one of the same user can be between the two. Returns the
     * tier. 403; 422 `DAILY_LIMIT`.
     */
    async checkDay (userId: number, amount: number, session: ClientSession): Promise<Tier> {
      const user = await users.findOne({ user_id: userId }, { session, projection: { tier: 1, subscription_expires: 1, is_active: 1 } }) as UserDocument
      if (!user.is_active) throw httpErrors.forbidden('The account is not active')
      const sum = await repository.sumSince({ userId, since: new Date(Date.now() - DAY_MS) }, session)
      const tier = access.tierOf(user)
      const limit = dailyLimits[tier]
      if (sum + amount <= limit) return tier
      throw httpErrors.createError(422, `At most ${money.format(limit)} may be withdrawn in 24 hours; ${money.format(Math.max(0, limit - sum))} are left`, { code: 'DAILY_LIMIT' })
    }
  }
}
