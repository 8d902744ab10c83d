import type { WithId } from 'mongodb'
import type { TransactionDocument, TransactionKind } from '../../../schemas/transactions.ts'
import type { Random } from './random.ts'
import { DAY_MS, usdt } from './scale.ts'

export type Transaction = WithId<TransactionDocument>
export type Entry = Omit<Transaction, '_id'>

/** What is certain of an account before chance fills its ledger. */
export interface AccountPlan {
  user_id: number
  /** In the circle; the first has the others' referral earnings. */
  place: number
  joined: Date
  /** Days ago, oldest first. */
  subscriptions: readonly number[]
  /** Entries beside opening, subscriptions and referral earnings. */
  movements: number
  earnings: readonly { amount: number, created_at: Date }[]
}

const PLANS = [usdt(29), usdt(49), usdt(99)] as const
const PENDING_DAYS = 3

/** Only a completed entry moves the balance. */
const effectOf = ({ amount, status }: Entry): number => status === 'completed' ? amount : 0
export const balanceOf = (entries: readonly Entry[]): number => entries.reduce((sum, entry) => sum + effectOf(entry), 0)

function kindOf (random: Random): TransactionKind {
  const chance = random.next()
  if (chance < 0.52) return 'deposit'
  if (chance < 0.88) return 'withdrawal'
  return chance < 0.96 ? 'refund' : 'adjustment'
}

const LARGEST = { deposit: 450, withdrawal: 400, refund: 49, adjustment: 20, subscription: 0, referral: 0 }

/** An entry of chance; a withdrawal for which `available` is too little becomes a deposit. */
function movement ({ user_id: userId, created_at: createdAt }: Pick<Entry, 'user_id' | 'created_at'>, { available, now }: { available: number, now: Date }, random: Random): Entry {
  const wanted = kindOf(random)
  const size = usdt(random.integer(100, LARGEST[wanted] * 100) / 100)
  const fails = random.chance(0.04)
  const kind = wanted === 'withdrawal' && size > available ? 'deposit' : wanted
  const isRecent = now.getTime() - createdAt.getTime() < PENDING_DAYS * DAY_MS
  const status = isRecent && (kind === 'deposit' || kind === 'withdrawal') ? 'pending' : fails ? 'failed' : 'completed'
  return { user_id: userId, kind, amount: kind === 'withdrawal' ? -size : size, status, reference: kind, created_at: createdAt }
}

function fixedEntries ({ user_id: userId, subscriptions, earnings }: AccountPlan, now: Date, random: Random): Entry[] {
  const price = random.pick(PLANS)
  const paid = subscriptions.map((daysAgo): Entry => ({
    user_id: userId, kind: 'subscription', amount: -price, status: 'completed', reference: 'subscription', created_at: new Date(now.getTime() - daysAgo * DAY_MS)
  }))
  const earned = earnings.map((earning): Entry => ({ user_id: userId, kind: 'referral', status: 'completed', reference: 'referral', ...earning }))
  return [...paid, ...earned]
}

/**
 * The ledger of an account, oldest first. The opening deposit pays for all subscriptions,
 * and a withdrawal never touches what they still need: the balance is never negative.
 */
export function createLedger (plan: AccountPlan, now: Date, random: Random): Entry[] {
  const { user_id: userId, joined, movements } = plan
  const fixed = fixedEntries(plan, now, random)
  const blanks = Array.from({ length: movements }, () => new Date(random.between(joined.getTime() + 1, now.getTime())))
  let reserved = -fixed.reduce((sum, { amount }) => sum + Math.min(amount, 0), 0)
  let balance = reserved + usdt(random.integer(50, 500))
  const opening: Entry = { user_id: userId, kind: 'deposit', amount: balance, status: 'completed', reference: 'opening', created_at: joined }

  const events = [...fixed, ...blanks].sort((a, b) => timeOf(a) - timeOf(b))
  const entries = events.map((event) => {
    const entry = event instanceof Date
      ? movement({ user_id: userId, created_at: event }, { available: balance - reserved, now }, random)
      : event
    balance += effectOf(entry)
    if (entry.kind === 'subscription') reserved += entry.amount
    return entry
  })
  return [opening, ...entries]
}

const timeOf = (event: Entry | Date): number => (event instanceof Date ? event : event.created_at).getTime()
