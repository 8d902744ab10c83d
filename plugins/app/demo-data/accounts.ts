import type { ObjectId, WithId } from 'mongodb'
import type { ReferralEarningDocument } from '../../../schemas/transactions.ts'
import type { UserDocument } from '../../../schemas/users.ts'
import { balanceOf, createLedger, type AccountPlan, type Entry, type Transaction } from './ledger.ts'
import { membershipDays, tierOf, usernameOf } from './people.ts'
import { EARNINGS, planCircle, REFERRED, SIZE, SUBSCRIPTION_DAYS, TRANSACTIONS } from './circle-plan.ts'
import { createRandom, type Random } from './random.ts'
import { DAY_MS, DEMO_USERNAMES, idOf, usdt, type Scale } from './scale.ts'

export type ReferralEarning = WithId<ReferralEarningDocument<ObjectId>>

/** Accounts that know each other: the first brought in the five after it, and earns a share of what they pay. */
export interface Circle {
  users: WithId<UserDocument>[]
  transactions: Transaction[]
  earnings: ReferralEarning[]
}

export interface AccountContext {
  scale: Scale
  now: Date
  passwordHash: string
}

const SEED = 0xacc0
const SHARE = 0.1
const DEMO_BALANCE = usdt(10_000)

/** Demo users hold exactly 10,000 USDT: their opening deposit makes up for all later entries. */
function settle (entries: readonly Entry[]): readonly Entry[] {
  const [opening, ...others] = entries
  return opening && opening.user_id <= DEMO_USERNAMES.length
    ? [{ ...opening, amount: DEMO_BALANCE - balanceOf(others) }, ...others]
    : entries
}

function toEarning (number: number, referrerId: number, { _id, user_id: userId, amount, created_at: createdAt }: Transaction): ReferralEarning {
  return { _id: idOf('referral_earnings', number), referrer_id: referrerId, referred_id: userId, transaction_id: _id, amount: Math.round(-amount * SHARE), created_at: createdAt }
}

function userOf (plan: AccountPlan, entries: readonly Entry[], { scale, now, passwordHash }: AccountContext, random: Random): WithId<UserDocument> {
  const { user_id: userId, joined, subscriptions, place } = plan
  const last = subscriptions.at(-1)
  return {
    _id: idOf('users', userId),
    user_id: userId,
    username: usernameOf(userId, random),
    password_hash: passwordHash,
    tier: tierOf(userId, scale, random),
    balance: balanceOf(entries),
    is_active: userId <= DEMO_USERNAMES.length || random.chance(0.97),
    subscription_expires: last === undefined ? null : new Date(now.getTime() + (SUBSCRIPTION_DAYS - last) * DAY_MS),
    referred_by: REFERRED.includes(place) ? userId - place : null,
    created_at: joined
  }
}

function circleFrom (number: number, context: AccountContext): Circle {
  const first = number * SIZE + 1
  const random = createRandom(SEED + number)
  const users: Circle['users'] = []
  const transactions: Transaction[] = []

  function add (plan: AccountPlan) {
    const entries = settle(createLedger(plan, context.now, random))
    users.push(userOf(plan, entries, context, random))
    for (const entry of entries) {
      const serial = number * TRANSACTIONS + transactions.length
      transactions.push(Object.assign(entry, { _id: idOf('transactions', serial), reference: `${entry.reference}-${serial}` }))
    }
  }

  const plans = planCircle(number === 0, random).map((plan, place) => {
    const joined = new Date(context.now.getTime() - membershipDays(first + place, context.scale) * DAY_MS)
    return { ...plan, place, user_id: first + place, joined }
  }).filter((plan) => plan.user_id <= context.scale.users)
  // the first comes last, for it earns by the others
  for (const plan of plans.slice(1)) add({ ...plan, earnings: [] })
  const earnings = transactions
    .filter(({ kind, user_id: userId }) => kind === 'subscription' && REFERRED.includes(userId - first))
    .map((paid, i) => toEarning(number * EARNINGS + i, first, paid))
  for (const plan of plans.slice(0, 1)) add({ ...plan, earnings: earnings.map(({ amount, created_at: createdAt }) => ({ amount, created_at: createdAt })) })
  return { users, transactions, earnings }
}

/** All accounts, circle by circle: no more than one is in memory. */
export function * generateCircles (context: AccountContext) {
  for (let number = 0; number * SIZE < context.scale.users; number++) yield circleFrom(number, context)
}
