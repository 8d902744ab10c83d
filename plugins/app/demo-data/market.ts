import type { ObjectId, WithId } from 'mongodb'
import type { SignalDocument, SignalStatus } from '../../../schemas/signals.ts'
import { createRandom, type Random } from './random.ts'
import { DAY_MS, idOf, type Scale } from './scale.ts'

interface Market {
  symbol: string
  /** USDT, about which the price moves. */
  level: number
  decimals: number
}

const MARKETS: readonly [Market, ...Market[]] = [
  { symbol: 'BTCUSDT', level: 97_000, decimals: 2 },
  { symbol: 'ETHUSDT', level: 3_400, decimals: 2 },
  { symbol: 'BNBUSDT', level: 650, decimals: 2 },
  { symbol: 'SOLUSDT', level: 190, decimals: 2 },
  { symbol: 'XRPUSDT', level: 1.4, decimals: 4 },
  { symbol: 'ADAUSDT', level: 0.75, decimals: 4 },
  { symbol: 'DOGEUSDT', level: 0.31, decimals: 5 },
  { symbol: 'AVAXUSDT', level: 38, decimals: 3 },
  { symbol: 'LINKUSDT', level: 18, decimals: 3 },
  { symbol: 'DOTUSDT', level: 7.2, decimals: 3 },
  { symbol: 'LTCUSDT', level: 95, decimals: 2 },
  { symbol: 'TRXUSDT', level: 0.24, decimals: 5 },
  { symbol: 'SHIBUSDT', level: 0.0000243, decimals: 8 }
]
const SEED = 0x51647
const HISTORY_DAYS = 180
/** Younger signals may still be active. */
const ACTIVE_DAYS = 20
const SWING = 0.18
const SWING_DAYS = 23

/** Price of a market some days ago: a slow swing with daily noise. */
function priceAt ({ level }: Market, daysAgo: number, random: Random): number {
  return level * (1 + SWING * Math.sin(daysAgo / SWING_DAYS + level) + random.between(-0.02, 0.02))
}

function statusAfter (daysAgo: number, random: Random): SignalStatus {
  if (daysAgo < ACTIVE_DAYS && random.chance(0.6)) return 'active'
  const outcome = random.next()
  if (outcome < 0.55) return 'hit'
  return outcome < 0.88 ? 'stopped' : 'cancelled'
}

/** Side and prices: stop, entry and targets lie in this order, upwards to buy and downwards to sell. */
function setup (market: Market, daysAgo: number, random: Random) {
  const side = random.chance(0.6) ? 'buy' as const : 'sell' as const
  const direction = side === 'buy' ? 1 : -1
  const entry = priceAt(market, daysAgo, random)
  const step = random.between(0.015, 0.04)
  const at = (change: number): string => (entry * (1 + direction * change)).toFixed(market.decimals)
  const targets = Array.from({ length: random.integer(1, 5) }, (_, i) => at(step * (i + 1)))
  return { symbol: market.symbol, side, entry: at(0), targets, stop_loss: at(-random.between(0.015, 0.05)) }
}

function signalOf (number: number, { scale, now }: { scale: Scale, now: Date }, random: Random): WithId<SignalDocument<ObjectId>> {
  const daysAgo = HISTORY_DAYS * (1 - (number + random.next()) / scale.signals)
  const status = statusAfter(daysAgo, random)
  // some analysts publish more than others
  const analyst = Math.floor(scale.analysts * random.next() ** 1.5)
  const market = random.pick(MARKETS, 1.7)
  return {
    _id: idOf('trade_signals', number),
    analyst_id: idOf('analysts', analyst),
    ...setup(market, daysAgo, random),
    status,
    version: (status === 'active' ? 1 : 2) + random.integer(0, 3),
    created_at: new Date(now.getTime() - daysAgo * DAY_MS),
    closed_at: status === 'active' ? null : new Date(now.getTime() - daysAgo * random.between(0.05, 0.95) * DAY_MS)
  }
}

/** Signals of the last half year, oldest first. */
export function * generateSignals (context: { scale: Scale, now: Date }) {
  const random = createRandom(SEED)
  for (let number = 0; number < context.scale.signals; number++) yield signalOf(number, context, random)
}
