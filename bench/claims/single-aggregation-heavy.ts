import type { FastifyInstance } from 'fastify'
import type { ServerClaim } from '../harness/claim.ts'
import { adminHeaders } from '../harness/tokens.ts'
import { variants } from './single-aggregation.ts'

const HEAVY_USER = 900_001
const TRANSACTIONS = 100_000
const EARNINGS = 20_000
const BATCH = 5000

async function insertMany (fastify: FastifyInstance, name: string, count: number, make: (n: number) => Record<string, unknown>): Promise<void> {
  const { client } = fastify.mongo
  const collection = client.db(fastify.config.MONGODB_DATABASE).collection(name)
  for (let first = 0; first < count; first += BATCH) {
    await collection.insertMany(Array.from({ length: BATCH }, (_, n) => make(first + n)))
  }
}

/** A referrer with a long ledger, beside the seeded users. */
async function insertHeavyUser (fastify: FastifyInstance): Promise<void> {
  const now = Date.now()
  const user = { user_id: HEAVY_USER, username: 'heavy-user', password_hash: '', tier: 'vip', balance: 0, is_active: true, subscription_expires: null, referred_by: null, created_at: new Date(now) }
  await fastify.mongo.client.db(fastify.config.MONGODB_DATABASE).collection('users').insertOne(user)
  await insertMany(fastify, 'transactions', TRANSACTIONS, (n) =>
    ({ user_id: HEAVY_USER, kind: 'deposit', amount: 1_000_000, status: 'completed', reference: `heavy-${n}`, created_at: new Date(now - n * 1000) }))
  await insertMany(fastify, 'referral_earnings', EARNINGS, (n) =>
    ({ referrer_id: HEAVY_USER, referred_id: n + 1, transaction_id: null, amount: 2_500_000, created_at: new Date(now - n * 1000) }))
}

const claim: ServerClaim = {
  kind: 'servers',
  question: `The same for a user with ${TRANSACTIONS} transactions and ${EARNINGS} referral earnings`,
  variants,
  defaults: { connections: 2, users: 100 },
  async prepare (fastify) {
    await insertHeavyUser(fastify)
    return [{ method: 'GET', path: `/v1/users/${HEAVY_USER}/stats`, headers: adminHeaders(fastify) }]
  }
}
export default claim
