import type { MarketPair } from './pairs.ts'

const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS
const INTERVALS: Partial<Record<string, number>> = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '4h': 240, '1d': 1440 }
const DEFAULT_CANDLES = 500
const MAX_CANDLES = 1000
/** Up to so many pairs the numbers of 24 hours weigh 2, as in Binance's table of weights. */
const LIGHT_TICKERS = 20

/** What the exchange says to a request that it does not take; codes are Binance's. */
export class Refusal extends Error {
  readonly code: number

  constructor (code: number, message: string) {
    super(message)
    this.code = code
  }
}

interface Answer {
  weight: number
  body: unknown
}
type Pairs = Map<string, MarketPair>

/** The symbols that a query names, or all of them; `isList` tells whether the answer is one. */
function readSymbols (query: URLSearchParams, pairs: Pairs): { isList: boolean, symbols: string[] } {
  const [one, many] = [query.get('symbol'), query.get('symbols')]
  if (many !== null && !/^\["[A-Z0-9]+"(,"[A-Z0-9]+")*\]$/.test(many)) throw new Refusal(-1100, "Illegal characters found in parameter 'symbols'")
  const named = many === null ? [...pairs.keys()] : JSON.parse(many) as string[]
  return one === null ? { isList: true, symbols: named } : { isList: false, symbols: [one] }
}

function pairOf (pairs: Pairs, symbol: string | null): MarketPair {
  const pair = pairs.get(symbol ?? '')
  if (pair === undefined) throw new Refusal(-1121, 'Invalid symbol.')
  return pair
}

function each (query: URLSearchParams, pairs: Pairs, show: (symbol: string, pair: MarketPair) => object) {
  const { isList, symbols } = readSymbols(query, pairs)
  const items = symbols.map((symbol) => show(symbol, pairOf(pairs, symbol)))
  return { count: symbols.length, isList, body: isList ? items : items[0] }
}

function prices (query: URLSearchParams, pairs: Pairs, now: number): Answer {
  const { isList, body } = each(query, pairs, (symbol, pair) => ({ symbol, price: pair.price(now) }))
  return { weight: isList ? 4 : 2, body }
}

function tickers (query: URLSearchParams, pairs: Pairs, now: number): Answer {
  const { count, body } = each(query, pairs, (symbol, pair) => {
    const { open, high, low, close, quote, volume } = pair.rangeOf(now - DAY_MS, now)
    const change = Number(close) - Number(open)
    return {
      symbol,
      priceChange: change.toFixed(8),
      priceChangePercent: (100 * change / Number(open)).toFixed(3),
      lastPrice: close,
      openPrice: open,
      highPrice: high,
      lowPrice: low,
      volume: volume.toFixed(8),
      quoteVolume: quote.toFixed(8),
      openTime: now - DAY_MS,
      closeTime: now
    }
  })
  return { weight: count > LIGHT_TICKERS ? 40 : 2, body }
}

/** Candles are arrays: times, four prices, volume, close time, volume in USDT, trades, and the takers' share of both. */
function candles (query: URLSearchParams, pairs: Pairs, now: number): Answer {
  const pair = pairOf(pairs, query.get('symbol'))
  const minutes = INTERVALS[query.get('interval') ?? '']
  const limit = Number(query.get('limit') ?? DEFAULT_CANDLES)
  if (minutes === undefined) throw new Refusal(-1120, 'Invalid interval.')
  if (!(limit >= 1 && limit <= MAX_CANDLES)) throw new Refusal(-1130, "Data sent for parameter 'limit' is not valid.")
  const length = minutes * MINUTE_MS
  const newest = Math.floor(now / length) * length
  const body = Array.from({ length: limit }, (_, i) => {
    const from = newest - (limit - 1 - i) * length
    const { open, high, low, close, quote, volume } = pair.rangeOf(from, Math.min(from + length, now))
    const [half, quoteHalf] = [volume / 2, quote / 2].map((amount) => amount.toFixed(8))
    return [from, open, high, low, close, volume.toFixed(8), from + length - 1, quote.toFixed(8), Math.ceil(quote / 1000), half, quoteHalf, '0']
  })
  return { weight: 2, body }
}

/** Answers by path, in the shapes and with the weights of Binance's REST API. */
export const ANSWERS: Partial<Record<string, (query: URLSearchParams, pairs: Pairs, now: number) => Answer>> = {
  '/api/v3/ticker/price': prices,
  '/api/v3/ticker/24hr': tickers,
  '/api/v3/klines': candles
}
