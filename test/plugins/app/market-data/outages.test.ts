import { createServer, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { build, buildMarketData, startMarket, UNAVAILABLE, until } from './helper.ts'

/** Beyond the time in which a value is answered without waiting for a new one. */
const STALE_MS = 30_001

t.test('a slow exchange times out; readers get the last good value with its age, then 503', async (t) => {
  const { clock, market, marketData, asked } = await build(t, { MARKET_DATA_TIMEOUT_MS: 400, MARKET_DATA_RETRIES: 1 })
  const [before] = await marketData.prices(['BTCUSDT'])
  market.control({ mode: 'slow', delay_ms: 60_000 })
  clock.advance(STALE_MS)

  t.strictSame(await marketData.prices(['BTCUSDT']), [{ ...before, age_ms: STALE_MS, stale: true }])
  t.equal(await asked('timeout'), 2, 'one attempt and one retry')
  clock.advance(86_400_000)
  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE, 'a day later it is no longer good')
})

/** An exchange that answers as no simulated one does. */
async function startOdd (t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const { port } = Object(server.address()) as { port: number }
  return `http://127.0.0.1:${port}`
}

t.test('what is older than its grace is not answered, even if it is still kept', async (t) => {
  const { clock, market, marketData } = await build(t, { MARKET_DATA_GRACE_MS: 40_000, MARKET_DATA_RETRIES: 0 })
  await marketData.candles('BTCUSDT', '1h', 1)
  market.control({ mode: 'fail' })

  clock.advance(40_000)
  t.match(await marketData.candles('BTCUSDT', '1h', 1), { age_ms: 40_000 })
  clock.advance(1)
  await t.rejects(marketData.candles('BTCUSDT', '1h', 1), UNAVAILABLE)
})

t.test('a success without a body is no answer', async (t) => {
  const MARKET_DATA_URL = await startOdd(t, (_request, response) => { response.writeHead(204).end() })
  const { marketData, asked } = await buildMarketData(t, { MARKET_DATA_URL })

  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(await asked('malformed'), 1)
})

t.test('the time for an answer includes its body', async (t) => {
  const MARKET_DATA_URL = await startOdd(t, (_request, response) => { response.write('[') })
  const { marketData, asked } = await buildMarketData(t, { MARKET_DATA_URL, MARKET_DATA_TIMEOUT_MS: 400, MARKET_DATA_RETRIES: 0 })

  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(await asked('timeout'), 1)
})

t.test('a failing exchange is retried, then left alone until one attempt finds it well', async (t) => {
  const { clock, market, marketData, asked, numberOf } = await build(t)
  market.control({ mode: 'fail' })

  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(await asked('server_error'), 3, 'one attempt and two retries')
  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(await asked('server_error'), 5, 'the fifth failure in a row opens the circuit')
  t.equal(await asked('circuit_open'), 1, 'which ends the retries')
  t.equal(await numberOf('market_data_circuit_state'), 1)

  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(market.requests(), 5, 'nothing is asked meanwhile')
  clock.advance(10_000)
  market.control({ mode: 'ok' })
  t.match(await marketData.prices(['BTCUSDT']), [{ age_ms: 0, stale: false }])
  t.equal(market.requests(), 6)
  t.equal(await numberOf('market_data_circuit_state'), 0)
})

t.test('with the circuit open the last good values are answered with their age', async (t) => {
  const { clock, market, marketData, numberOf } = await build(t, { MARKET_DATA_BREAKER_FAILURES: 1 })
  const before = await Promise.all([marketData.prices(['BTCUSDT']), marketData.trending(1), marketData.candles('BTCUSDT', '1m', 1)])
  market.control({ mode: 'fail', status: 503 })
  clock.advance(STALE_MS)
  const after = await Promise.all([marketData.prices(['BTCUSDT']), marketData.trending(1), marketData.candles('BTCUSDT', '1m', 1)])

  const aged = { age_ms: STALE_MS, stale: true }
  t.strictSame(after, [[{ ...before[0][0], ...aged }], [{ ...before[1][0], ...aged }], { ...before[2], ...aged }])
  t.equal(await numberOf('market_data_age_seconds{endpoint="candles"}'), STALE_MS / 1000)
})

t.test('an exchange that is not there is retried, then the last good value goes on', async (t) => {
  const { clock, market, marketData, asked } = await build(t)
  await marketData.prices(['BTCUSDT'])
  await market.close()
  clock.advance(STALE_MS)

  t.match(await marketData.prices(['BTCUSDT']), [{ age_ms: STALE_MS, stale: true }])
  t.equal(await asked('network'), 3)
})

t.test('a request that the exchange refuses is neither repeated nor a reason to leave it alone', async (t) => {
  const { market, marketData, asked } = await build(t, { MARKET_DATA_BREAKER_FAILURES: 1 })
  market.control({ mode: 'fail', status: 400 })
  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(await asked('refused'), 1)
  market.control({ mode: 'ok' })

  t.match(await marketData.prices(['BTCUSDT']), [{ symbol: 'BTCUSDT' }])
})

t.test('after a 429 nothing is asked until Retry-After has passed', async (t) => {
  const { clock, market, marketData, asked } = await build(t)
  market.control({ mode: 'limit', retry_after_s: 45 })
  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(await asked('limited'), 1, 'and it is not repeated')

  market.control({ mode: 'ok' })
  clock.advance(44_999)
  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  await t.rejects(marketData.trending(1), UNAVAILABLE, 'the limit is that of all requests')
  t.equal(market.requests(), 1)
  t.equal(await asked('paused'), 1)
  clock.advance(1)
  t.match(await marketData.prices(['BTCUSDT']), [{ age_ms: 0 }])
})

t.test('the weight that the exchange counts is kept below the limit of a minute', async (t) => {
  const { clock, market, marketData, numberOf, asked } = await build(t, { MARKET_DATA_MAX_WEIGHT: 8 })
  await marketData.prices(['BTCUSDT'])
  clock.advance(STALE_MS)
  await marketData.prices(['BTCUSDT'])
  t.equal(await numberOf('market_data_used_weight'), 8)

  clock.advance(9000)
  await t.rejects(marketData.trending(1), UNAVAILABLE)
  t.match(await marketData.prices(['BTCUSDT']), [{ age_ms: 9000, stale: false }], 'what is there is answered')
  t.ok(await asked('paused', 'tickers') > 0)
  t.equal(market.requests(), 2)

  clock.advance(1000)
  await marketData.trending(1)
  t.equal(market.requests(), 3, 'the next minute is another one')
})

t.test('closing ends a request under way and its retries', async (t) => {
  const { fastify, market, marketData } = await build(t)
  market.control({ mode: 'slow', delay_ms: 600_000 })
  const answer = marketData.prices(['BTCUSDT'])
  const refused = t.rejects(answer, UNAVAILABLE)
  await until(() => market.requests() > 0)
  await fastify.close()

  await refused
  t.equal(market.requests(), 1)
})

t.test('a redirect is not followed, wherever it leads', async (t) => {
  const other = await startMarket(t)
  const { market, marketData, asked } = await build(t)
  market.control({ mode: 'lie', lie: 'redirect', location: `${other.url}/api/v3/ticker/price` })

  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  t.equal(await asked('redirect'), 1)
  t.equal(other.requests(), 0)
})
