import type { Config } from '../../../schemas/config.ts'
import type { Interval, Quote, Ticker } from '../../../schemas/market.ts'
import { readQuote, readTicker } from './answers.ts'
import { createCandles, type StoredCandles } from './candles.ts'
import type { Client } from './client.ts'
import type { Endpoint } from './exchange.ts'
import type { MarketMetrics, Reason } from './market-metrics.ts'
import { createQuotes } from './quotes.ts'

interface Needs {
  client: Client
  config: Config
  metrics: MarketMetrics
  now: () => number
}

/** What is asked of the exchange: always all trading pairs at once. */
export function createLoaders ({ client, config, metrics, now }: Needs) {
  const symbols = config.MARKET_DATA_SYMBOLS.split(',')
  const maxJump = config.MARKET_DATA_MAX_JUMP
  const limitsOf = (endpoint: Endpoint) => ({
    symbols,
    maxJump,
    jumpWindowMs: config.MARKET_DATA_JUMP_WINDOW_MS,
    dropped: (reason: Reason) => { metrics.dropped(endpoint, reason) },
    now
  })
  const quotes = createQuotes<Quote>({ read: readQuote, ...limitsOf('prices') })
  const tickers = createQuotes<Ticker>({ read: readTicker, ...limitsOf('tickers') })
  const takeCandles = createCandles(limitsOf('candles'))
  const query = { symbols: JSON.stringify(symbols) }

  return {
    prices: (): Promise<Record<string, Quote>> => client.ask({ endpoint: 'prices', query }, quotes.take),

    tickers: (): Promise<Record<string, Ticker>> => client.ask({ endpoint: 'tickers', query }, tickers.take),

    candles: (symbol: string, interval: Interval, limit: number): Promise<StoredCandles> => {
      const question = { endpoint: 'candles' as const, query: { symbol, interval, limit: String(limit) } }
      return client.ask(question, (answer) => takeCandles(answer, quotes.referenceOf(symbol)))
    }
  }
}
export type Loaders = ReturnType<typeof createLoaders>
