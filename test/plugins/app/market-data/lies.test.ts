import t from 'tap'
import { createCandles } from '../../../../plugins/app/market-data/candles.ts'
import { createQuotes } from '../../../../plugins/app/market-data/quotes.ts'
import { readCandle, readQuote, readTicker } from '../../../../plugins/app/market-data/answers.ts'
import { build, UNAVAILABLE } from './helper.ts'

t.test('absurd and malformed prices are dropped and counted; their pairs keep the last good one', async (t) => {
  const { clock, market, marketData, dropped } = await build(t)
  // in the order in which they are asked for: of each three one stays true, one is absurd, one is nonsense
  const symbols = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT']
  const before = await marketData.prices(symbols)
  market.control({ mode: 'lie' })
  clock.advance(30_001)
  const after = await marketData.prices(symbols)

  t.match(after, [{ age_ms: 0 }, { ...before[1], age_ms: 30_001, stale: true }, { ...before[2], age_ms: 30_001, stale: true }])
  t.equal(await dropped('absurd'), 4)
  t.equal(await dropped('malformed'), 4)
})

t.test('pairs that never had a good price are left out, 503 if all are such', async (t) => {
  const { market, marketData } = await build(t)
  market.control({ mode: 'lie' })

  t.strictSame((await marketData.prices(['BNBUSDT', 'BTCUSDT'])).map(({ symbol }) => symbol), ['BTCUSDT'])
  await t.rejects(marketData.prices(['BNBUSDT']), UNAVAILABLE)
})

t.test('the numbers of 24 hours and candles are judged as well', async (t) => {
  const { clock, market, marketData, dropped } = await build(t)
  await Promise.all([marketData.prices(['BTCUSDT']), marketData.trending(1)])
  market.control({ mode: 'lie' })
  clock.advance(40_001)
  await Promise.all([marketData.trending(1), marketData.candles('BTCUSDT', '1h', 500)])

  t.equal(await dropped('absurd', 'tickers'), 4)
  t.equal(await dropped('malformed', 'tickers'), 4)
  t.equal(await dropped('absurd', 'candles'), 167)
  t.equal(await dropped('malformed', 'candles'), 166)
})

for (const [lie, outcome] of [['json', 'malformed'], ['shape', 'malformed'], ['huge', 'too_large']] as const) {
  t.test(`an answer that lies by ${lie} is no answer, and not asked for again`, async (t) => {
    const { clock, market, marketData, asked } = await build(t)
    const before = await marketData.candles('BTCUSDT', '1h', 2)
    market.control({ mode: 'lie', lie })
    clock.advance(30_001)

    t.strictSame(await marketData.candles('BTCUSDT', '1h', 2), { ...before, age_ms: 30_001, stale: true })
    t.equal(await asked(outcome, 'candles'), 1)
    await t.rejects(marketData.prices(['BTCUSDT']), UNAVAILABLE)
    t.equal(await asked(outcome), 1)
  })
}

/** The quotes of one pair, whose clock is ours. */
function createPair () {
  const clock = { now: 0 }
  const reasons: string[] = []
  const quotes = createQuotes({ read: readQuote, symbols: ['BTCUSDT'], maxJump: 2, jumpWindowMs: 1000, dropped: (reason) => { reasons.push(reason) }, now: () => clock.now })
  const take = (price: unknown, symbol = 'BTCUSDT') => quotes.take([{ symbol: 'BTCUSDT', price: '60000' }, { symbol, price }]).BTCUSDT?.price
  return { clock, reasons, quotes, take }
}

t.test('a jump to more than twice or less than half is absurd, until the last good price is old', async (t) => {
  const { clock, reasons, quotes } = createPair()
  const take = (price: string) => quotes.take([{ symbol: 'BTCUSDT', price }])
  take('60000')
  take('120000.00')
  take('60000.000')
  for (const price of ['120000.000000000001', '29999.999999999999']) t.throws(() => take(price), { message: /malformed/ })
  t.strictSame(reasons, ['absurd', 'absurd'])

  clock.now += 1000
  t.throws(() => take('150000'))
  clock.now += 1
  t.strictSame(take('150000'), { BTCUSDT: { symbol: 'BTCUSDT', price: '150000', as_of: 1001 } })
})

t.test('what is no price of ours is dropped with its reason', async (t) => {
  const { reasons, take } = createPair()
  for (const price of ['', '0', '0.00', '-1', '1e5', 'NaN', ' 1', '1.', '01', '1.1234567890123', '1234567890123', 60000, null, { $gt: 0 }]) t.equal(take(price), '60000')
  t.ok(reasons.every((reason) => reason === 'malformed'))
  t.equal(reasons.length, 14)

  t.equal(take('60001', 'ETHUSDT'), '60000')
  t.equal(reasons.at(-1), 'foreign')
  for (const item of [null, undefined, 7, 'text', []]) t.equal(readQuote(item, 0) ?? readTicker(item, 0), null)
  t.equal(readTicker({ symbol: 'BTCUSDT', lastPrice: '0', priceChangePercent: '-1.5', volume: '1', quoteVolume: '1' }, 0), null)
})

t.test('a candle has 0 < low ≤ open and close ≤ high', async (t) => {
  const row = (...numbers: unknown[]) => [0, ...numbers, '1.5', 59_999, '90', 3, '1', '1', '0']
  t.strictSame(readCandle(row('10', '12', '9', '11')), { open_time: 0, open: '10', high: '12', low: '9', close: '11', volume: '1.5', quote_volume: '90' })
  t.ok(readCandle(row('10', '10', '10', '10')))
  for (const wrong of [row('10', '9', '12', '11'), row('8', '12', '9', '11'), row('10', '12', '9', '12.5'), row('0', '1', '0', '1'), row(1, 1, 1, 1), row('1', '1', '1', '1').with(0, '0'), row('1', '1', '1', '1').with(0, 9e15), {}]) t.equal(readCandle(wrong), null)
})

t.test('candles that do not join their neighbours or go back in time are dropped', async (t) => {
  const reasons: string[] = []
  const take = createCandles({ maxJump: 2, dropped: (reason) => { reasons.push(reason) }, now: () => 5 })
  const row = (time: number, price: string) => [time, price, price, price, price, '1', 0, '1']

  t.strictSame(take([row(1, '10'), row(2, '30'), row(3, '11'), row(3, '11')], undefined).candles.map(({ open_time: time, close }) => [time, close]), [[1, '10'], [3, '11']])
  t.strictSame(reasons, ['malformed', 'absurd'])
  t.throws(() => take([row(1, '10')], '21'), { message: /malformed/ }, 'the newest close is judged by the last good price')
})
