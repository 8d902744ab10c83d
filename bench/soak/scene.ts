import { buildApplication } from '../../scripts/application.ts'
import { createRandom, type Random } from '../../scripts/chaos/random.ts'
import type { Environment } from '../../schemas/config.ts'
import type { Client } from './client.ts'

/** Size of the demo data: 12 analysts and 1,000 signals come with them. */
export const USERS = 400
/** For each of the demo users, in micro-USDT. */
const FUNDS = 100_000_000_000_000
const MONEYED = [1, 2, 3, 4]
/** Identifiers that are asked for. */
const MOST = 400
const TOKEN_LIFE = '12h'
const SEED = 1
/** A session that is never looked up: access tokens count until they expire. */
const NO_SESSION = '0'.repeat(24)

type List<T> = readonly [T, ...T[]]

function listOf<T> ([first, ...others]: readonly T[]): List<T> {
  if (first === undefined) throw new Error('The database has not been filled')
  return [first, ...others]
}

/** What there is to ask for, and as whom. */
export interface Facts {
  analysts: List<string>
  signals: List<string>
  /** Headers of many users, and of `demo-vip`, `demo-analyst` and `demo-admin`. */
  readers: List<Record<string, string>>
  vip: Record<string, string>
  analyst: Record<string, string>
  admin: Record<string, string>
  /** Of `demo-vip`, ready for withdrawals. */
  wallet: { wallet_address: string, network: string }
}

/** What those who ask have at hand. */
export interface Scene extends Facts {
  client: Client
  random: Random
  /** An address that an anonymous request comes from, by `x-forwarded-for`. */
  address: () => Record<string, string>
}

/** A kind of thing that clients do. */
export interface Deed {
  name: string
  /** Part of all, of the sum of all parts. */
  part: number
  /** Statuses that are right. */
  statuses: readonly number[]
  /** Does it once; resolves with the status that counts. */
  run: (scene: Scene) => Promise<number>
}

/** Addresses that anonymous requests come from: more than a process remembers. */
const ADDRESSES = 5000

export function createScene (facts: Facts, client: Client): Scene {
  const random = createRandom(SEED)
  return {
    ...facts,
    client,
    random,
    address () {
      const number = random.below(ADDRESSES)
      return { 'x-forwarded-for': `10.9.${number >> 8}.${number & 255}` }
    }
  }
}

/** Fills the database and looks up what there is to ask for. */
export async function prepareScene (env: Environment): Promise<Facts> {
  const application = await buildApplication({ ...env, LOG_LEVEL: 'warn' })
  const { demoData, documents, indexes, jwt, ledger } = application

  async function idsOf (name: string): Promise<List<string>> {
    const found = await documents.collection(name).find({}, { projection: { _id: 1 } }).limit(MOST).toArray()
    return listOf(found.map(({ _id }) => String(_id)))
  }
  function headersOf (userId: number, tier: string, analystId: string | null = null): Record<string, string> {
    const claims = { sub: String(userId), tier, analyst_id: analystId, subscription_expires: null, sid: NO_SESSION }
    return { authorization: `Bearer ${jwt.sign(claims, { expiresIn: TOKEN_LIFE })}` }
  }

  try {
    await indexes.ensure()
    await demoData.seed({ users: USERS })
    for (const userId of MONEYED) await ledger.transact(({ post }) => post({ user_id: userId, kind: 'deposit', amount: FUNDS, reference: 'soak' }))
    const [analysts, signals] = [await idsOf('analysts'), await idsOf('trade_signals')]
    const wallet = await documents.collection('withdrawal_addresses').findOne({ user_id: 2 })
    return {
      analysts,
      signals,
      readers: listOf(Array.from({ length: USERS }, (_, n) => headersOf(n + 1, 'free'))),
      vip: headersOf(2, 'vip'),
      analyst: headersOf(3, 'analyst', analysts[0]),
      admin: headersOf(4, 'admin'),
      wallet: { wallet_address: String(wallet?.address), network: String(wallet?.network) }
    }
  } finally {
    await application.close()
  }
}
