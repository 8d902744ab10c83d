import type { FastifyInstance } from 'fastify'
import type { Config } from '../../../schemas/config.ts'
import { DEFAULT_CANDLES, MAX_CANDLES, type CandleSeries, type Interval, type MarketPrice, type Quote, type Ticker, type Trend } from '../../../schemas/market.ts'
import type { StoredCandles } from './candles.ts'

interface Needs {
  config: Config
  httpErrors: FastifyInstance['httpErrors']
  unavailable: () => Error
  now: () => number
  prices: () => Promise<Record<string, Quote>>
  tickers: () => Promise<Record<string, Ticker>>
  candles: (symbol: string, interval: Interval, limit: number) => Promise<StoredCandles>
}

/** See `TRENDING_FORMULA`; it only orders, so a float will do. */
function scoreOf ({ quote_volume: volume, change_percent: change }: Ticker): number {
  return Math.log10(1 + Number(volume)) * (1 + Math.abs(Number(change)) / 10)
}

/** Market data with its age, for REST and GraphQL. What is older than `MARKET_DATA_GRACE_MS` is no longer answered. */
export function createService ({ config, httpErrors, unavailable, now, ...sources }: Needs) {
  const listed = new Set(config.MARKET_DATA_SYMBOLS.split(','))

  function requireListed (symbols: readonly string[]): void {
    const unknown = symbols.find((symbol) => !listed.has(symbol))
    if (unknown !== undefined) throw httpErrors.createError(404, `There is no trading pair ${unknown} here`, { code: 'UNKNOWN_SYMBOL' })
  }

  function freshnessOf (asOf: number) {
    // the clock of another instance, whose value a shared cache may hold, can be ahead
    const age = Math.max(0, now() - asOf)
    return { as_of: new Date(asOf).toISOString(), age_ms: age, stale: age > config.MARKET_DATA_STALE_MS }
  }

  const isUsable = ({ as_of: asOf }: { as_of: number }): boolean => now() - asOf <= config.MARKET_DATA_GRACE_MS

  /** The usable ones; 503 if there is none. */
  function usable<T extends Quote> (quotes: T[]): T[] {
    const good = quotes.filter(isUsable)
    if (good.length === 0) throw unavailable()
    return good
  }

  return {
    /** Prices in the order asked for, without pairs that have no good one; 404 `UNKNOWN_SYMBOL`, 503. */
    async prices (symbols: readonly string[]): Promise<MarketPrice[]> {
      requireListed(symbols)
      const quotes = await sources.prices()
      const found = [...new Set(symbols)].flatMap((symbol) => quotes[symbol] ?? [])
      return usable(found).map(({ symbol, price, as_of: asOf }) => ({ symbol, price, ...freshnessOf(asOf) }))
    },

    /** Pairs of the highest score, see `TRENDING_FORMULA`; 503. */
    async trending (limit: number): Promise<Trend[]> {
      const found = usable(Object.values(await sources.tickers()))
      return found
        .map(({ as_of: asOf, ...ticker }) => ({ ...ticker, score: scoreOf({ as_of: asOf, ...ticker }), ...freshnessOf(asOf) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, limit)
    },

    /** The newest candles, oldest first; 404 `UNKNOWN_SYMBOL`, 503. */
    async candles (symbol: string, interval: Interval, limit: number): Promise<CandleSeries> {
      requireListed([symbol])
      // two sizes, so that clients who choose limits choose no more requests to the exchange
      const series = await sources.candles(symbol, interval, limit <= DEFAULT_CANDLES ? DEFAULT_CANDLES : MAX_CANDLES)
      if (!isUsable(series)) throw unavailable()
      const data = series.candles.slice(-limit).map((candle) => ({ ...candle, open_time: new Date(candle.open_time).toISOString() }))
      return { symbol, interval, ...freshnessOf(series.as_of), data }
    }
  }
}
