import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { NewSubscription, Plan, PlanOffer, Subscription } from '../../../schemas/subscriptions.ts'
import type { Caller } from '../../../schemas/users.ts'
import { addMonths } from './months.ts'
import { createReferralShare } from './referral-share.ts'
import { createSubscribers, type Subscriber } from './subscribers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    subscriptions: ReturnType<typeof createSubscriptions>
  }
}

type Transact = FastifyInstance['ledger']['transact']

function createSubscriptions (fastify: FastifyInstance) {
  const { config, httpErrors, money } = fastify
  /** What a month costs. */
  const prices: Record<Plan, string> = { vip: config.SUBSCRIPTION_VIP_PRICE }
  const subscribers = createSubscribers(fastify)
  const share = createReferralShare(subscribers, config.REFERRAL_SHARE_PERCENT)

  const buy = ({ user_id: userId }: Caller, { plan, months }: NewSubscription, transact: Transact): Promise<Subscription> => transact(async (transaction) => {
    const { post, session } = transaction
    const entry = await post({ user_id: userId, kind: 'subscription', amount: -months * money.parse(prices[plan]), reference: `${plan}-${months}` })
    // read only now: since its balance has changed, no other transaction can change the user before this one ends
    const { is_active: isActive, tier, subscription_expires: end, referred_by: referrerId } = await subscribers.find(userId, session) as Subscriber
    if (!isActive) throw httpErrors.forbidden('The account is not active')
    const start = new Date(Math.max(entry.created_at.getTime(), end?.getTime() ?? 0))
    const expires = addMonths(start, months)
    await subscribers.extend(userId, { tier: tier === 'free' ? 'vip' : tier, subscription_expires: expires }, session)
    if (referrerId !== null) await share(transaction, referrerId, entry)
    return {
      transaction_id: entry._id.toHexString(),
      user_id: userId,
      plan,
      months,
      amount: money.format(-entry.amount),
      subscription_expires: expires.toISOString(),
      created_at: entry.created_at.toISOString()
    }
  })

  return {
    plans: (): PlanOffer[] => Object.entries(prices).map(([plan, price]) => ({ plan: plan as Plan, monthly_price: price })),

    /**
     * Buys months by `transact`: the debit, the longer subscription and the share of who referred the caller are done together.
     * 403; 404; 422 `INSUFFICIENT_BALANCE`.
     */
    buy
  }
}

/**
 * Subscriptions, paid from the balance, at the prices of the configuration. Closed: what cannot be written as a whole is not
 * done; only a referrer who cannot be paid keeps nobody from subscribing.
 */
export default fp(async function subscriptions (fastify) {
  fastify.decorate('subscriptions', createSubscriptions(fastify))
}, { name: 'subscriptions', dependencies: ['config', 'documents', 'ledger', 'money', 'sensible'] })
