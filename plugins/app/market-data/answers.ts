import { Compile } from 'typebox/compile'
import { QuoteSchema, StoredCandleSchema, TickerSchema, type Quote, type StoredCandle, type Ticker } from '../../../schemas/market.ts'
import { toUnits } from './decimals.ts'

const quotes = Compile(QuoteSchema)
const tickers = Compile(TickerSchema)
const candles = Compile(StoredCandleSchema)

function fieldsOf (item: unknown): Record<string, unknown> {
  return Object(item) as Record<string, unknown>
}

/** An item of `/api/v3/ticker/price`, or null for what is not one; decimals stay the texts that they are. */
export function readQuote (item: unknown, asOf: number): Quote | null {
  const { symbol, price } = fieldsOf(item)
  const quote: unknown = { symbol, price, as_of: asOf }
  return quotes.Check(quote) && toUnits(quote.price) > 0n ? quote : null
}

/** An item of `/api/v3/ticker/24hr`, or null for what is not one. */
export function readTicker (item: unknown, asOf: number): Ticker | null {
  const { symbol, lastPrice, priceChangePercent, volume, quoteVolume } = fieldsOf(item)
  const ticker: unknown = { symbol, price: lastPrice, as_of: asOf, change_percent: priceChangePercent, volume, quote_volume: quoteVolume }
  return tickers.Check(ticker) && toUnits(ticker.price) > 0n ? ticker : null
}

/** Whether 0 < low ≤ open, close ≤ high. */
function isOrdered ({ open, high, low, close }: StoredCandle): boolean {
  const [least, most] = [toUnits(low), toUnits(high)]
  return least > 0n && [open, close].map(toUnits).every((price) => least <= price && price <= most)
}

/** A row of `/api/v3/klines`, which is an array, or null for what is not one. */
export function readCandle (row: unknown): StoredCandle | null {
  if (!Array.isArray(row)) return null
  const [openTime, open, high, low, close, volume, , quoteVolume] = row as unknown[]
  const candle: unknown = { open_time: openTime, open, high, low, close, volume, quote_volume: quoteVolume }
  return candles.Check(candle) && isOrdered(candle) ? candle : null
}
