import { ObjectId } from 'mongodb'

/** USDT in micro-USDT. */
export const usdt = (amount: number): number => Math.round(amount * 1e6)
export const DAY_MS = 86_400_000

/** The four that the first pages of README sign in with. */
export const DEMO_USERNAMES = ['demo-user', 'demo-vip', 'demo-analyst', 'demo-admin'] as const

/** Numbers of documents for a number of users, in the proportions 2000 : 60 : 5000. */
export function scaleOf (users: number) {
  const count = Math.max(users, DEMO_USERNAMES.length)
  return { users: count, analysts: Math.max(1, Math.floor(count * 0.03)), signals: Math.floor(count * 2.5) }
}
export type Scale = ReturnType<typeof scaleOf>

/** demo-analyst is the first analyst; the others follow at equal distances. */
const FIRST_ANALYST = 3
const ANALYST_DISTANCE = 33

export const userOfAnalyst = (analyst: number): number => FIRST_ANALYST + analyst * ANALYST_DISTANCE

/** Whether a user is one of the analysts. */
export function isAnalyst (userId: number, { analysts }: Scale): boolean {
  const steps = (userId - FIRST_ANALYST) / ANALYST_DISTANCE
  return Number.isInteger(steps) && steps >= 0 && steps < analysts
}

const ID_PREFIXES = { users: 0x64a00001, analysts: 0x64a00002, trade_signals: 0x64a00003, transactions: 0x64a00004, referral_earnings: 0x64a00005, withdrawal_addresses: 0x64a00006 }
const NUMBER_BYTES = 6

/** The same document has the same identifier in every seeding, so that two at once complete each other. */
export function idOf (collection: keyof typeof ID_PREFIXES, number: number): ObjectId {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(ID_PREFIXES[collection])
  bytes.writeUIntBE(number, bytes.length - NUMBER_BYTES, NUMBER_BYTES)
  return new ObjectId(bytes)
}
