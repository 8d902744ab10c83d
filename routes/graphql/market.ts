import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { CandlesParamsSchema, CandlesQuerySchema, SymbolListSchema, TrendingQuerySchema } from '../../schemas/market.ts'
import { createArguments } from './arguments.ts'
import type { Resolver } from './context.ts'

const CandlesSchema = Type.Object({
  ...CandlesParamsSchema.properties,
  ...CandlesQuerySchema.properties
}, { additionalProperties: false })

/** Prices of the exchange; arguments are those of the REST routes. */
export function createMarketQueries (fastify: FastifyInstance) {
  const { marketData } = fastify
  const reader = createArguments(fastify)
  const readSymbols = reader(SymbolListSchema)
  const readTrending = reader(TrendingQuerySchema)
  const readCandles = reader(CandlesSchema)

  const queries = {
    async marketPrices (_source, args) {
      return marketData.prices(readSymbols(args).symbols)
    },

    async trending (_source, args) {
      return marketData.trending(readTrending(args).limit)
    },

    async candles (_source, args) {
      const { symbol, interval, limit } = readCandles(args)
      return marketData.candles(symbol, interval, limit)
    }
  } satisfies Record<string, Resolver<unknown>>
  return queries
}
