import { createWalk, hash } from './walk.ts'

interface Pair {
  /** USDT, about which the price walks. */
  level: number
  decimals: number
  /** USDT traded in a day, about. */
  turnover: number
}

const PAIRS: Record<string, Pair> = {
  BTCUSDT: { level: 97_000, decimals: 2, turnover: 2.1e9 },
  ETHUSDT: { level: 3_400, decimals: 2, turnover: 1.3e9 },
  BNBUSDT: { level: 650, decimals: 2, turnover: 2.4e8 },
  SOLUSDT: { level: 190, decimals: 2, turnover: 5.2e8 },
  XRPUSDT: { level: 1.4, decimals: 4, turnover: 6.1e8 },
  ADAUSDT: { level: 0.75, decimals: 4, turnover: 1.2e8 },
  DOGEUSDT: { level: 0.31, decimals: 5, turnover: 3.3e8 },
  AVAXUSDT: { level: 38, decimals: 3, turnover: 6.4e7 },
  LINKUSDT: { level: 18, decimals: 3, turnover: 5.8e7 },
  DOTUSDT: { level: 7.2, decimals: 3, turnover: 2.9e7 },
  LTCUSDT: { level: 95, decimals: 2, turnover: 4.1e7 },
  TRXUSDT: { level: 0.24, decimals: 5, turnover: 3.7e7 },
  SHIBUSDT: { level: 0.0000243, decimals: 8, turnover: 8.8e7 }
}
const DAY_MS = 86_400_000
/** Binance writes every price and amount with eight decimals. */
const TEXT_DECIMALS = 8
/** Points of a candle that are looked at for its high and low. */
const SAMPLES = 8

const textOf = (value: number, decimals: number) => Number(value.toFixed(decimals)).toFixed(TEXT_DECIMALS)

/** One trading pair: its price, what was traded, its candles, at any time. */
function createPair ({ level, decimals, turnover }: Pair, seed: number) {
  const priceAt = createWalk(level, seed)
  const price = (time: number) => textOf(priceAt(time), decimals)

  /** USDT traded between two times. */
  function tradedIn (from: number, to: number): number {
    return turnover * (to - from) / DAY_MS * (0.5 + hash(seed, Math.floor(from / 1000)))
  }

  function rangeOf (from: number, to: number) {
    const prices = Array.from({ length: SAMPLES + 1 }, (_, i) => Number(price(from + (to - from) * i / SAMPLES)))
    const [high, low] = [Math.max(...prices), Math.min(...prices)].map((value) => textOf(value, decimals))
    return { open: price(from), high, low, close: price(to), quote: tradedIn(from, to), volume: tradedIn(from, to) / priceAt(to) }
  }

  return { price, rangeOf }
}
export type MarketPair = ReturnType<typeof createPair>

/** All pairs by their symbols; each walks a way of its own. */
export function createPairs (seed: number): Map<string, MarketPair> {
  return new Map(Object.entries(PAIRS).map(([symbol, pair], i) => [symbol, createPair(pair, seed + 1000 * i)]))
}
