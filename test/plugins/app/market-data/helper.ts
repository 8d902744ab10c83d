import type { Test } from 'tap'
import cache from '../../../../plugins/app/cache/index.ts'
import documents from '../../../../plugins/app/documents.ts'
import marketData from '../../../../plugins/app/market-data/index.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import redis from '../../../../plugins/external/redis.ts'
import sensible from '../../../../plugins/external/sensible.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { startMarketSimulator } from '../../../../scripts/market/simulator.ts'
import { buildBare, testEnv } from '../../../helper.ts'
import { noWarming } from '../../../services.ts'

/** Time of this process, standing still until it is moved. */
export function stopClock (t: Test) {
  const { now: real } = Date
  let time = Date.UTC(2026, 10, 22, 18, 30, 20)
  Date.now = () => time
  t.teardown(() => { Date.now = real })
  return {
    now: () => time,
    advance: (ms: number): void => { time += ms }
  }
}

/** Resolves as soon as the condition holds; what it waits for is under way. */
export async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** A simulated exchange, ended with the test. */
export async function startMarket (t: Test, clock?: () => number) {
  const market = await startMarketSimulator({ seed: 7, ...(clock && { clock }) })
  t.teardown(() => market.close())
  return market
}

/** The plugin alone on a bare server with what it depends on, and with retries that do not wait. */
export async function buildMarketData (t: Test, env: Environment) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, MARKET_DATA_RETRY_DELAY_MS: 1, ...env } })
  for (const plugin of [sensible, mongodb, redis, documents, metrics, cache, noWarming, marketData]) await fastify.register(plugin)
  const numberOf = async (name: string): Promise<number> => {
    const line = (await fastify.metrics.metrics()).split('\n').find((line) => line.startsWith(`${name} `))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  return {
    fastify,
    marketData: fastify.marketData,
    numberOf,
    asked: (outcome: string, endpoint = 'prices') => numberOf(`market_data_requests_total{endpoint="${endpoint}",outcome="${outcome}"}`),
    dropped: (reason: string, endpoint = 'prices') => numberOf(`market_data_dropped_total{endpoint="${endpoint}",reason="${reason}"}`)
  }
}

/** A plugin that asks a fresh simulated exchange; time stands still for both. */
export async function build (t: Test, env: Environment = {}) {
  const clock = stopClock(t)
  const market = await startMarket(t, clock.now)
  return { clock, market, ...await buildMarketData(t, { MARKET_DATA_URL: market.url, ...env }) }
}

export const UNAVAILABLE = { statusCode: 503, code: 'MARKET_DATA_UNAVAILABLE' }
