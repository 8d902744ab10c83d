import argon2 from 'argon2'
import type { Document } from 'mongodb'
import { generateCircles, type AccountContext } from './accounts.ts'
import { generateSignals } from './market.ts'
import { generateAnalysts } from './people.ts'
import { generateWithdrawalAddresses } from './withdrawal-addresses.ts'

const PASSWORD = 'demo-password'
/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane. */
const HASH_OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hash of the password that all demo users have. */
export async function hashDemoPassword (): Promise<string> {
  return await argon2.hash(PASSWORD, HASH_OPTIONS)
}

/** All demo documents, a few of a collection at a time: no more are in memory. */
export function * generateDemoData (context: AccountContext): Generator<[collection: string, documents: readonly Document[]]> {
  for (const address of generateWithdrawalAddresses(context)) yield ['withdrawal_addresses', [address]]
  for (const analyst of generateAnalysts(context)) yield ['analysts', [analyst]]
  for (const signal of generateSignals(context)) yield ['trade_signals', [signal]]
  for (const { transactions, earnings, users } of generateCircles(context)) {
    yield ['transactions', transactions]
    yield ['referral_earnings', earnings]
    yield ['users', users]
  }
}
