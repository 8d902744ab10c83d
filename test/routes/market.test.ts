import t, { type Test } from 'tap'
import { startMarketSimulator } from '../../scripts/market/simulator.ts'
import { buildApp } from '../helper.ts'

const DECIMAL = /^\d+\.\d{8}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

async function build (test: Test) {
  const market = await startMarketSimulator()
  test.teardown(() => market.close())
  return { market, fastify: await buildApp(test, { env: { MARKET_DATA_URL: market.url } }) }
}

t.test('prices, trending pairs and candles are decimal texts with their age', async (t) => {
  const { fastify } = await build(t)
  const get = async (url: string) => (await fastify.inject(url)).json<Record<string, unknown>>()

  const prices = await get('/v1/market/prices?symbols=BTCUSDT,ETHUSDT')
  t.match(prices, { data: [{ symbol: 'BTCUSDT', price: DECIMAL, as_of: TIME, age_ms: Number, stale: false }, { symbol: 'ETHUSDT' }] })
  const trending = await get('/v1/market/trending?limit=2')
  t.match(trending, { data: [{ symbol: /USDT$/, price: DECIMAL, change_percent: String, volume: DECIMAL, quote_volume: DECIMAL, score: Number, as_of: TIME }, {}] })
  t.equal((await get('/v1/market/trending') as { data: unknown[] }).data.length, 10)
  const candles = await get('/v1/market/BTCUSDT/candles?interval=15m&limit=2')
  t.match(candles, { symbol: 'BTCUSDT', interval: '15m', as_of: TIME, stale: false, data: [{ open_time: TIME, open: DECIMAL, high: DECIMAL, low: DECIMAL, close: DECIMAL, volume: DECIMAL }, {}] })
  t.match(await get('/v1/market/BTCUSDT/candles'), { interval: '1h', data: { length: 100 } })
})

t.test('what is wrong with a request is told by problem details', async (t) => {
  const { fastify, market } = await build(t)
  const cases: [url: string, status: number, code: string, pointer?: string][] = [
    ['/prices', 400, 'VALIDATION_FAILED', 'query/symbols'],
    ['/prices?symbols=', 400, 'VALIDATION_FAILED', 'query/symbols'],
    ['/prices?symbols=btcusdt', 400, 'VALIDATION_FAILED', 'query/symbols'],
    ['/prices?symbols=BTCUSDT,', 400, 'VALIDATION_FAILED', 'query/symbols'],
    ['/prices?symbols=BTCUSDT&symbols=ETHUSDT', 400, 'VALIDATION_FAILED', 'query/symbols'],
    ['/prices?symbols=http://127.0.0.1/', 400, 'VALIDATION_FAILED', 'query/symbols'],
    [`/prices?symbols=${Array.from({ length: 51 }, () => 'BTCUSDT').join(',')}`, 400, 'VALIDATION_FAILED', 'query/symbols'],
    ['/prices?symbols=BTCUSDT&url=http://127.0.0.1/', 400, 'VALIDATION_FAILED', 'query/url'],
    ['/prices?symbols=BTCUSDT,NOSUCHUSDT', 404, 'UNKNOWN_SYMBOL'],
    ['/trending?limit=0', 400, 'VALIDATION_FAILED', 'query/limit'],
    ['/trending?limit=51', 400, 'VALIDATION_FAILED', 'query/limit'],
    ['/BTCUSDT/candles?interval=2h', 400, 'VALIDATION_FAILED', 'query/interval'],
    ['/BTCUSDT/candles?limit=501', 400, 'VALIDATION_FAILED', 'query/limit'],
    ['/BTC%2F..%2FUSDT/candles', 400, 'VALIDATION_FAILED', 'params/symbol'],
    ['/NOSUCHUSDT/candles', 404, 'UNKNOWN_SYMBOL']
  ]
  // the start has warmed the cache
  const asked = market.requests()
  for (const [url, status, code, pointer] of cases) {
    const answer = await fastify.inject(`/v1/market${url}`)
    t.match(answer.headers['content-type'], /^application\/problem\+json/, url)
    t.match(answer.json(), { status, code, ...(pointer && { errors: [{ pointer }] }) }, url)
  }
  t.equal(market.requests(), asked, 'none of these reaches the exchange')
})

t.test('without good data the answer is 503 and says when to come back', async (t) => {
  const fastify = await buildApp(t)
  for (const url of ['/prices?symbols=BTCUSDT', '/trending', '/BTCUSDT/candles']) {
    const answer = await fastify.inject(`/v1/market${url}`)
    t.equal(answer.statusCode, 503, url)
    t.match(answer.headers['retry-after'], /^\d+$/)
    t.match(answer.json(), { code: 'MARKET_DATA_UNAVAILABLE', type: 'tag:sahm.example,2026:market-data-unavailable' })
    t.notMatch(answer.body, /MARKET_DATA_URL|127\.0/, 'nothing about the inside')
  }
})
