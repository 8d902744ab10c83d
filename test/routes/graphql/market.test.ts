import t, { type Test } from 'tap'
import { startMarketSimulator } from '../../../scripts/market/simulator.ts'
import { buildGraphql } from './client.ts'

async function build (test: Test) {
  const market = await startMarketSimulator()
  test.teardown(() => market.close())
  return buildGraphql(test, { MARKET_DATA_URL: market.url })
}

t.test('prices, trending pairs and candles are those of REST', async (t) => {
  const { fastify, ask } = await build(t)
  const rest = async (url: string) => (await fastify.inject(`/v1/market${url}`)).json<{ data: object[] }>().data
  const query = `{
    marketPrices(symbols: ["ETHUSDT", "BTCUSDT"]) { symbol price asOf stale }
    trending(limit: 2) { symbol price changePercent volume quoteVolume score asOf stale }
    candles(symbol: "BTCUSDT", interval: FIFTEEN_MINUTES, limit: 2) { symbol interval ageMs data { openTime open high low close volume quoteVolume } }
  }`
  const { data, errors } = await ask<Record<'marketPrices' | 'trending' | 'candles', unknown>>(query)

  t.equal(errors, undefined)
  const [prices, trending, candles] = await Promise.all([rest('/prices?symbols=ETHUSDT,BTCUSDT'), rest('/trending?limit=2'), rest('/BTCUSDT/candles?interval=15m&limit=2')])
  const shown = (values: object[]) => values.map((value) => Object.fromEntries(Object.entries(value)
    .filter(([name]) => name !== 'age_ms')
    .map(([name, part]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), part as unknown])))
  t.strictSame(data?.marketPrices, shown(prices))
  t.strictSame(data?.trending, shown(trending))
  t.match(data?.candles, { symbol: 'BTCUSDT', interval: 'FIFTEEN_MINUTES', ageMs: Number, data: shown(candles) })
  t.match(await ask(query), { data: { trending: [{}, {}] } }, 'compiled, it is the same')
})

t.test('candles are of an hour unless told', async (t) => {
  const { ask } = await build(t)
  const { data } = await ask<{ candles: { interval: string, data: unknown[] } }>('{ candles(symbol: "BTCUSDT") { interval data { close } } }')

  t.equal(data?.candles.interval, 'ONE_HOUR')
  t.equal(data?.candles.data.length, 100)
})

t.test('errors have the codes of REST and point to the arguments', async (t) => {
  const { ask } = await build(t)
  const cases: [query: string, code: string, pointer?: string][] = [
    ['{ marketPrices(symbols: []) { price } }', 'VALIDATION_FAILED', 'arguments/symbols'],
    ['{ marketPrices(symbols: ["BTCUSDT", "btc"]) { price } }', 'VALIDATION_FAILED', 'arguments/symbols/1'],
    ['{ marketPrices(symbols: ["NOSUCHUSDT"]) { price } }', 'UNKNOWN_SYMBOL'],
    ['{ trending(limit: 0) { price } }', 'VALIDATION_FAILED', 'arguments/limit'],
    ['{ topAnalysts(first: 0) { name } }', 'VALIDATION_FAILED', 'arguments/first'],
    ['{ candles(symbol: "BTCUSDT", limit: 501) { stale } }', 'VALIDATION_FAILED', 'arguments/limit'],
    ['{ candles(symbol: "NOSUCHUSDT") { stale } }', 'UNKNOWN_SYMBOL'],
    ['{ candles(symbol: "BTCUSDT", interval: TWO_HOURS) { stale } }', 'GRAPHQL_VALIDATION_FAILED']
  ]
  for (const [query, code, pointer] of cases) {
    t.match((await ask(query)).errors, [{ extensions: { code, ...(pointer && { errors: [{ pointer }] }) } }], query)
  }
  const { ask: askNobody } = await buildGraphql(t)
  t.match((await askNobody('{ trending { symbol } }')).errors, [{ extensions: { code: 'MARKET_DATA_UNAVAILABLE' } }])
})
