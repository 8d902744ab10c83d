import { Type, type Static, type TSchema } from 'typebox'
import { AnswerSchema, PriceSchema, TimestampSchema } from './common.ts'
import { SymbolSchema } from './signals.ts'

export const INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const
/** Length of a candle. */
export type Interval = typeof INTERVALS[number]
/** Candles of an answer, unless it is told how many, and at most. */
export const DEFAULT_CANDLES = 100
export const MAX_CANDLES = 500
const MAX_SYMBOLS = 50
const MAX_TRENDING = 50

/** How `score` comes about; one text for OpenAPI, and the same in the SDL. */
export const TRENDING_FORMULA = 'score = log10(1 + quote_volume) × (1 + |change_percent| / 10), over 24 hours: ten times the volume adds one, and a change of 10 % either way doubles the score'

const PercentSchema = Type.String({ pattern: '^-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,12})?$', examples: ['-1.234'], description: 'Per cent, a decimal string' })
const VolumeSchema = Type.String({ pattern: '^(0|[1-9][0-9]{0,17})(\\.[0-9]{1,12})?$', examples: ['1234.5'], description: 'Amount traded, a decimal string' })

const freshness = {
  as_of: TimestampSchema,
  age_ms: Type.Integer({ minimum: 0, description: 'Time since the exchange was asked, in milliseconds' }),
  stale: Type.Boolean({ description: 'Whether the exchange could not renew it in time: older than `MARKET_DATA_STALE_MS`' })
}

export const MarketPriceSchema = Type.Object({
  symbol: SymbolSchema,
  price: PriceSchema,
  ...freshness
}, { additionalProperties: false })
export type MarketPrice = Static<typeof MarketPriceSchema>

export const TrendSchema = Type.Object({
  ...MarketPriceSchema.properties,
  change_percent: PercentSchema,
  volume: VolumeSchema,
  quote_volume: VolumeSchema,
  score: Type.Number({ minimum: 0, description: TRENDING_FORMULA })
}, { additionalProperties: false })
export type Trend = Static<typeof TrendSchema>

const CandleSchema = Type.Object({
  open_time: TimestampSchema,
  open: PriceSchema,
  high: PriceSchema,
  low: PriceSchema,
  close: PriceSchema,
  volume: VolumeSchema,
  quote_volume: VolumeSchema
}, { additionalProperties: false })
const IntervalSchema = Type.Enum(INTERVALS, { default: '1h', description: 'Length of a candle' })

export const CandleSeriesSchema = Type.Object({
  symbol: SymbolSchema,
  interval: Type.Enum(INTERVALS),
  ...freshness,
  data: Type.Array(CandleSchema)
}, { additionalProperties: false })
export type CandleSeries = Static<typeof CandleSeriesSchema>

/** Symbols as a list, for GraphQL. */
export const SymbolListSchema = Type.Object({
  symbols: Type.Array(SymbolSchema, { minItems: 1, maxItems: MAX_SYMBOLS })
}, { additionalProperties: false })

export const PricesQuerySchema = Type.Object({
  symbols: Type.String({
    pattern: `^[A-Z0-9]{5,20}(,[A-Z0-9]{5,20}){0,${MAX_SYMBOLS - 1}}$`,
    examples: ['BTCUSDT,ETHUSDT'],
    description: `1 to ${MAX_SYMBOLS} trading pairs, comma-separated`
  })
}, { additionalProperties: false })

export const TrendingQuerySchema = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: MAX_TRENDING, default: 10, description: 'Most trading pairs of the answer' })
}, { additionalProperties: false })

export const CandlesParamsSchema = Type.Object({ symbol: SymbolSchema }, { additionalProperties: false })
export const CandlesQuerySchema = Type.Object({
  interval: IntervalSchema,
  limit: Type.Integer({ minimum: 1, maximum: MAX_CANDLES, default: DEFAULT_CANDLES, description: 'Most candles of the answer; the newest ones' })
}, { additionalProperties: false })

/** Body of an answer that is a list of a bounded size. */
export function ListSchema<T extends TSchema> (item: T, description: string) {
  return AnswerSchema(Type.Object({ data: Type.Array(item) }, { additionalProperties: false }), description)
}

/** The last good price of a trading pair, with the time at which the exchange was asked, in Unix milliseconds. */
export const QuoteSchema = Type.Object({ symbol: SymbolSchema, price: PriceSchema, as_of: Type.Integer() })
export type Quote = Static<typeof QuoteSchema>

/** A quote with what was traded in the last 24 hours. */
export const TickerSchema = Type.Object({ ...QuoteSchema.properties, change_percent: PercentSchema, volume: VolumeSchema, quote_volume: VolumeSchema })
export type Ticker = Static<typeof TickerSchema>

/** A candle as it is kept; times are Unix milliseconds, before the year 2100. */
export const StoredCandleSchema = Type.Object({ ...CandleSchema.properties, open_time: Type.Integer({ minimum: 0, maximum: 4_102_444_800_000 }) })
export type StoredCandle = Static<typeof StoredCandleSchema>
