import type { Random } from './random.ts'

/** Accounts of a circle, and the entries of all their ledgers: 20 a user. */
export const SIZE = 10
export const TRANSACTIONS = 200
export const SUBSCRIPTION_DAYS = 30

/** Places of those whom the first of the circle brought in, and the subscriptions they have paid: 1.5 earnings a user. */
export const REFERRED = [1, 2, 3, 4, 5]
const REFERRED_SUBSCRIPTIONS = [1, 2, 3, 4, 5]
export const EARNINGS = 15
/** Entries that chance decides; the least part of what openings, subscriptions and earnings leave of 200. */
const MOVEMENTS = [8, 10, 12, 14, 15, 16, 17, 18, 20, 22]

/** Days ago of `count` subscriptions, oldest first; the last has or has not expired. */
function subscriptionDays (count: number, isActive: boolean, random: Random): number[] {
  const last = random.between(0.1, SUBSCRIPTION_DAYS - 0.1) + (isActive ? 0 : SUBSCRIPTION_DAYS)
  return Array.from({ length: count }, (_, i) => last + SUBSCRIPTION_DAYS * (count - 1 - i))
}

/** Half subscribe now. In the circle of the demo users demo-user, the first, does not, and the other three do. */
function activePlaces (isDemo: boolean, random: Random): boolean[] {
  const half = Array.from({ length: SIZE }, (_, i) => i % 2 === 0)
  return isDemo ? [false, true, true, true, true, true, false, false, false, false] : random.shuffle(half)
}

/** Subscriptions and number of other entries of each account of a circle. */
export function planCircle (isDemo: boolean, random: Random) {
  const referred = random.shuffle(REFERRED_SUBSCRIPTIONS)
  const subscriptions = activePlaces(isDemo, random).map((isActive, place) => {
    const paid = REFERRED.includes(place) ? referred[place - 1] : undefined
    return subscriptionDays(paid ?? (isActive ? 1 : 0), isActive, random)
  })
  const movements = random.shuffle(MOVEMENTS)
  const left = TRANSACTIONS - SIZE - EARNINGS - subscriptions.flat().length - movements.reduce((sum, count) => sum + count, 0)
  return subscriptions.map((days, place) => ({ subscriptions: days, movements: Number(movements[place]) + (place === SIZE - 1 ? left : 0) }))
}
