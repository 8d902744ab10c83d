import fp from 'fastify-plugin'
import { createClient } from './client.ts'
import { createLoaders } from './loaders.ts'
import { createMarketMetrics } from './market-metrics.ts'
import { createService } from './service.ts'

declare module 'fastify' {
  interface FastifyInstance {
    marketData: ReturnType<typeof createService>
  }
}

/**
 * Prices, candles and trending pairs of a Binance-compatible exchange. When it is down, slow or absurd, the last good
 * value is answered with its age; 503 `MARKET_DATA_UNAVAILABLE` when there is none, or no `MARKET_DATA_URL`.
 */
export default fp(async function marketData (fastify) {
  const { cache, config, httpErrors, log } = fastify
  const now = () => Date.now()
  const metrics = createMarketMetrics(fastify.metrics, now)
  const client = createClient({ config, httpErrors, log, metrics, now })
  const load = createLoaders({ client, config, metrics, now })

  const lives = (ttlMs: number) => ({ ttlMs, staleMs: Math.max(0, config.MARKET_DATA_STALE_MS - ttlMs), graceMs: config.MARKET_DATA_GRACE_MS })
  const prices = cache.define({ name: 'market-prices', ...lives(config.MARKET_DATA_PRICES_TTL_MS), load: load.prices })
  const tickers = cache.define({ name: 'market-tickers', ...lives(config.MARKET_DATA_TTL_MS), load: load.tickers })
  const candles = cache.define({ name: 'market-candles', ...lives(config.MARKET_DATA_TTL_MS), load: load.candles })

  const { unavailable } = client
  fastify.decorate('marketData', createService({ config, httpErrors, unavailable, now, prices: prices.get, tickers: tickers.get, candles: candles.get }))
  fastify.addHook('onClose', async () => { client.close() })
  if (config.MARKET_DATA_URL === '') return

  // one request has the prices of all pairs, those that the design note names among them
  fastify.cacheWarming.add('prices', { warm: prices.get, refresh: prices.refresh })
  fastify.cacheWarming.add('trending coins', { warm: tickers.get, refresh: tickers.refresh })
}, { name: 'market-data', dependencies: ['cache', 'cache-warming', 'config', 'metrics', 'sensible'] })
