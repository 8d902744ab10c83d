import t from 'tap'
import { build, buildMarketData, startMarket, UNAVAILABLE, until } from './helper.ts'

const DECIMAL = /^\d+\.\d{8}$/

t.test('prices are the texts of the exchange, each with its age', async (t) => {
  const { clock, market, marketData } = await build(t)
  const answer = await fetch(`${market.url}/api/v3/ticker/price?symbol=ETHUSDT`)
  const { price } = await answer.json() as { price: string }

  t.strictSame(await marketData.prices(['ETHUSDT']), [{ symbol: 'ETHUSDT', price, as_of: '2026-11-22T18:30:20.000Z', age_ms: 0, stale: false }])
  clock.advance(1500)
  const prices = await marketData.prices(['SOLUSDT', 'BTCUSDT', 'SOLUSDT'])
  t.match(prices, [{ symbol: 'SOLUSDT', price: DECIMAL, age_ms: 1500 }, { symbol: 'BTCUSDT', price: DECIMAL, age_ms: 1500 }])
  t.equal(prices.length, 2, 'each pair once')
})

t.test('a thousand readers of any pairs are one request a period', async (t) => {
  const { clock, market, marketData } = await build(t)
  const read = (n: number) => marketData.prices([['BTCUSDT', 'ETHUSDT', 'SHIBUSDT'][n % 3] ?? ''])
  await Promise.all(Array.from({ length: 1000 }, (_, n) => read(n)))
  t.equal(market.requests(), 1)

  clock.advance(2001)
  const [[first]] = await Promise.all([read(0), ...Array.from({ length: 1000 }, (_, n) => read(n))])
  t.equal(first?.age_ms, 2001, 'after its time the value is answered at once')
  await until(() => market.requests() > 1)
  while ((await read(0))[0]?.age_ms !== 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(market.requests(), 2, 'while one request renews it')
})

t.test('candles are read in two sizes for all limits, the newest of them answered, oldest first', async (t) => {
  const { market, marketData } = await build(t)
  const series = await marketData.candles('BTCUSDT', '1h', 3)

  t.match(series, { symbol: 'BTCUSDT', interval: '1h', age_ms: 0, stale: false, as_of: '2026-11-22T18:30:20.000Z' })
  t.strictSame(series.data.map(({ open_time: time }) => time), ['2026-11-22T16:00:00.000Z', '2026-11-22T17:00:00.000Z', '2026-11-22T18:00:00.000Z'])
  t.match(series.data[0], { open: DECIMAL, high: DECIMAL, low: DECIMAL, close: DECIMAL, volume: DECIMAL, quote_volume: DECIMAL })
  t.equal((await marketData.candles('BTCUSDT', '1h', 100)).data.length, 100)
  t.equal(market.requests(), 1)
  for (const limit of [101, 400, 500]) t.equal((await marketData.candles('BTCUSDT', '1h', limit)).data.length, limit)
  t.equal(market.requests(), 2)
  await marketData.candles('BTCUSDT', '1d', 1)
  t.equal(market.requests(), 3)
})

t.test('pairs trend by volume and change', async (t) => {
  const { marketData } = await build(t)
  const all = await marketData.trending(50)

  t.equal(all.length, 13)
  t.strictSame(await marketData.trending(3), all.slice(0, 3))
  for (const { score, quote_volume: volume, change_percent: change } of all) {
    t.equal(score, Math.log10(1 + Number(volume)) * (1 + Math.abs(Number(change)) / 10))
  }
  t.strictSame(all.map(({ score }) => score), all.map(({ score }) => score).sort((a, b) => b - a))
  t.match(all[0], { price: DECIMAL, change_percent: /^-?\d+\.\d{3}$/, age_ms: 0, stale: false })
})

t.test('a pair that is not allowlisted is refused and never asked for', async (t) => {
  const { market, marketData } = await build(t, { MARKET_DATA_SYMBOLS: 'BTCUSDT,ETHUSDT' })
  const refusal = { statusCode: 404, code: 'UNKNOWN_SYMBOL', message: /SOLUSDT/ }

  await t.rejects(marketData.prices(['BTCUSDT', 'SOLUSDT']), refusal)
  await t.rejects(marketData.candles('SOLUSDT', '1h', 1), refusal)
  t.equal(market.requests(), 0)
})

t.test('without an address there is no market data, and with a foreign host no start', async (t) => {
  const { marketData } = await buildMarketData(t, {})
  await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
  await t.rejects(marketData.trending(1), UNAVAILABLE)
  await t.rejects(marketData.candles('BTCUSDT', '1h', 1), UNAVAILABLE)

  const market = await startMarket(t)
  await t.rejects(buildMarketData(t, { MARKET_DATA_URL: market.url, MARKET_DATA_HOSTS: 'api.binance.com' }), { message: /'127\.0\.0\.1', which is not in MARKET_DATA_HOSTS/ })
  t.equal(market.requests(), 0)
})
