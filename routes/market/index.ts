import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AnswerSchema, PROBLEMS } from '../../schemas/common.ts'
import {
  CandleSeriesSchema, CandlesParamsSchema, CandlesQuerySchema, ListSchema, MarketPriceSchema, PricesQuerySchema, TRENDING_FORMULA,
  TrendingQuerySchema, TrendSchema
} from '../../schemas/market.ts'

const tags = ['market']

/** Prices of the exchange. */
const market: FastifyPluginAsyncTypebox = async (fastify) => {
  const { marketData } = fastify

  fastify.get('/prices', {
    config: { access: 'public', problems: [404] },
    schema: {
      operationId: 'listPrices',
      tags,
      summary: 'Read prices',
      description: 'In the order asked for. While the exchange is down, the last good prices with their age; pairs without one are left out, and 503 `MARKET_DATA_UNAVAILABLE` if none has one. 404 `UNKNOWN_SYMBOL` for a pair that there is not.',
      querystring: PricesQuerySchema,
      response: { 200: ListSchema(MarketPriceSchema, 'The prices'), ...PROBLEMS }
    }
  }, async function listPrices (request) {
    return { data: await marketData.prices(request.query.symbols.split(',')) }
  })

  fastify.get('/trending', {
    config: { access: 'public' },
    schema: {
      operationId: 'listTrending',
      tags,
      summary: 'List trending pairs',
      description: `Highest score first: ${TRENDING_FORMULA}.`,
      querystring: TrendingQuerySchema,
      response: { 200: ListSchema(TrendSchema, 'The trending pairs'), ...PROBLEMS }
    }
  }, async function listTrending (request) {
    return { data: await marketData.trending(request.query.limit) }
  })

  fastify.get('/:symbol/candles', {
    config: { access: 'public' },
    schema: {
      operationId: 'listCandles',
      tags,
      summary: 'Read candles',
      description: 'The newest ones, oldest first; the last one is still open. While the exchange is down, the last good ones with their age.',
      params: CandlesParamsSchema,
      querystring: CandlesQuerySchema,
      response: { 200: AnswerSchema(CandleSeriesSchema, 'The candles'), ...PROBLEMS }
    }
  }, async function listCandles (request) {
    const { interval, limit } = request.query
    return marketData.candles(request.params.symbol, interval, limit)
  })
}
export default market
