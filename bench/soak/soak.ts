import { randomBytes } from 'node:crypto'
import { compile } from '../../scripts/chaos/compiled.ts'
import { startMarketSimulator } from '../../scripts/market/simulator.ts'
import { startPayoutSandbox } from '../../scripts/payouts/sandbox.ts'
import { nextMessage, startChild } from '../harness/children.ts'
import { findDatabase, nameDatabase } from '../harness/database.ts'
import type { SoakOptions } from './arguments.ts'
import { createClient } from './client.ts'
import { DEEDS } from './deeds/index.ts'
import { PROVIDER } from './deeds/money.ts'
import { collect, type Sample } from './samples.ts'
import { createScene, prepareScene } from './scene.ts'
import { startServer, type Memory } from './server.ts'
import { startTraffic } from './traffic.ts'

const S_PER_MINUTE = 60
const MS_PER_S = 1000
/** Samples of a run, where that leaves enough time between two of them, in ms. */
const SAMPLES = 360
const MIN_INTERVAL_MS = 1000
/** Time for what is under way at the end, in ms. */
const PATIENCE_MS = 5000
/** Time for what is under way before each sample, in ms: what is asked just then is no growth. */
const LULL_MS = 1000
const MEBIBYTE = 1_048_576
const UNLIMITED = '1000000000'

/** As in production; but what is bounded is full soon, and what is done now and then is done often. */
const ENV = {
  NODE_ENV: 'production',
  PORT: '0',
  CACHE_MEMORY_BYTES: String(2 * MEBIBYTE),
  RESPONSE_CACHE_MEMORY_BYTES: String(2 * MEBIBYTE),
  RATE_LIMIT_MAX_ACCOUNTS: '1000',
  RATE_LIMIT_ANONYMOUS: '200',
  RATE_LIMIT_VIP: UNLIMITED,
  RATE_LIMIT_ANALYST: UNLIMITED,
  RATE_LIMIT_ADMIN: UNLIMITED,
  TRUSTED_PROXIES: '127.0.0.1',
  CACHE_WARMING_INTERVAL_MS: '15000',
  RECONCILE_INTERVAL_MS: '30000',
  WITHDRAWAL_DAILY_LIMIT_VIP: '100000000.000000',
  PAYMENT_PROVIDERS: `${PROVIDER.name}:${PROVIDER.secret}`
}

/** What the server talks to, and how it finds that. */
async function startSurroundings () {
  const secret = randomBytes(32).toString('hex')
  const [database, redis, market, payouts] = await Promise.all([
    findDatabase(),
    nextMessage<string>(startChild('../soak/redis-child.ts', {})),
    startMarketSimulator(),
    startPayoutSandbox({ secret })
  ])
  return {
    hasRedis: redis !== '',
    env: { ...ENV, JWT_SECRET: secret, MONGODB_URI: database, MONGODB_DATABASE: nameDatabase('soak'), REDIS_URL: redis, MARKET_DATA_URL: market.url, PAYOUT_URL: payouts.url, PAYOUT_SECRET: secret },
    close: () => Promise.all([market.close(), payouts.close()])
  }
}

/** Runs the server under traffic and looks at its memory; the processes and databases are left to `cleanUp`. */
export async function soak ({ minutes, rate, plantsLeak }: SoakOptions, tell: (sample: Sample) => void) {
  const [{ programs: { api } }, { env, hasRedis, close }] = await Promise.all([compile(), startSurroundings()])
  const { MONGODB_URI, MONGODB_DATABASE, JWT_SECRET } = env
  const facts = await prepareScene({ NODE_ENV: 'production', MONGODB_URI, MONGODB_DATABASE, JWT_SECRET })
  const server = await startServer({ program: api, env, plantsLeak })
  const client = createClient(server.origin)
  const traffic = startTraffic(createScene(facts, client), rate, DEEDS)
  async function sample (): Promise<Memory> {
    await traffic.pause(LULL_MS)
    const memory = await server.sample()
    traffic.resume()
    return memory
  }
  const seconds = minutes * S_PER_MINUTE
  const samples = await collect(sample, { seconds, intervalMs: Math.max(MIN_INTERVAL_MS, seconds * MS_PER_S / SAMPLES) }, tell)
  await traffic.end(PATIENCE_MS)
  client.close()
  const requests = client.count()
  await server.close()
  await close()
  return { samples, tallies: traffic.tallies(), skipped: traffic.skipped(), requests, errors: server.errors(), hasRedis }
}
export type Soaked = Awaited<ReturnType<typeof soak>>
