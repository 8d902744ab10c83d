import type { WithId } from 'mongodb'
import type { AnalystDocument } from '../../../schemas/analysts.ts'
import type { Tier } from '../../../schemas/users.ts'
import { createRandom, type Random } from './random.ts'
import { DAY_MS, DEMO_USERNAMES, idOf, isAnalyst, userOfAnalyst, type Scale } from './scale.ts'

type Words = readonly [string, ...string[]]
const GIVEN: Words = ['layla', 'omar', 'noor', 'yusuf', 'amina', 'karim', 'salma', 'tariq', 'hana', 'idris', 'maya', 'ziad', 'elif', 'rami', 'dina', 'adam', 'sara', 'bilal', 'lina', 'faris']
const FAMILY: Words = ['haddad', 'rahman', 'nasser', 'aziz', 'mansour', 'khalil', 'saleh', 'farah', 'darwish', 'qasim', 'bishara', 'hamdan', 'younes', 'shami', 'najjar']
const STYLES: Words = ['Swing trades on majors', 'Breakouts on the four-hour chart', 'Mean reversion, small size', 'Momentum and volume', 'Range trading with tight stops', 'On-chain flows and funding rates']
const HABITS: Words = ['Two signals a day at most.', 'Every signal has a stop.', 'Risk per trade below one percent.', 'Results published monthly.']
/** Of users 1 to 4, in the order of their names. */
const DEMO_TIERS: readonly Tier[] = ['free', 'vip', 'analyst', 'admin']
const SEED = 0xa4a1
const OLDEST_DAYS = 730
const YOUNGEST_DAYS = 200
/** No signal is older. */
const FIRST_SIGNAL_DAYS = 180

/** Days since a user signed up: the lower the number, the longer ago. */
export const membershipDays = (userId: number, { users }: Scale): number =>
  OLDEST_DAYS - (OLDEST_DAYS - YOUNGEST_DAYS) * userId / users

/** A name of two words and the number, but for the demo users. */
export function usernameOf (userId: number, random: Random): string {
  const name = `${random.pick(GIVEN)}-${random.pick(FAMILY)}-${userId}`
  return DEMO_USERNAMES[userId - 1] ?? name
}

/** Analysts by their number, demo users by their name; of the others some are VIPs. */
export function tierOf (userId: number, scale: Scale, random: Random): Tier {
  const isVip = random.chance(0.12)
  if (isAnalyst(userId, scale)) return 'analyst'
  const [tier = isVip ? 'vip' : 'free'] = DEMO_TIERS.slice(userId - 1, userId)
  return tier
}

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

function analystOf (number: number, { scale, now }: { scale: Scale, now: Date }, random: Random): WithId<AnalystDocument> {
  const name = `${capitalize(random.pick(GIVEN))} ${capitalize(random.pick(FAMILY))}`
  const rank = Math.floor(1000 * random.next() ** 2)
  const isActive = random.chance(0.85)
  return {
    _id: idOf('analysts', number),
    user_id: userOfAnalyst(number),
    name: number === 0 ? 'Demo Analyst' : name,
    bio: `${random.pick(STYLES)}. ${random.pick(HABITS)}`,
    rank: number === 0 ? 900 : rank,
    is_active: number === 0 || isActive,
    created_at: new Date(now.getTime() - random.between(FIRST_SIGNAL_DAYS, membershipDays(userOfAnalyst(number), scale)) * DAY_MS)
  }
}

/** All analysts, the demo analyst first. */
export function * generateAnalysts (context: { scale: Scale, now: Date }) {
  const random = createRandom(SEED)
  for (let number = 0; number < context.scale.analysts; number++) yield analystOf(number, context, random)
}
