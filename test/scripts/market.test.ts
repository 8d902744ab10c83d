import t, { type Test } from 'tap'
import { startMarketSimulator, type SimulatorOptions } from '../../scripts/market/simulator.ts'
import { run } from '../process.ts'

const NOON = Date.UTC(2026, 10, 22, 12, 0, 30)

async function start (test: Test, options: SimulatorOptions = {}) {
  const market = await startMarketSimulator({ seed: 1, clock: () => NOON, ...options })
  test.teardown(() => market.close())
  const get = async (path: string) => {
    const response = await fetch(market.url + path, { redirect: 'manual' })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown }
  }
  const control = async (body: unknown) => {
    const response = await fetch(`${market.url}/control`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }
  return { market, get, control }
}

t.test('prices have the shapes of Binance, for one pair, some, or all', async (t) => {
  const { get } = await start(t)
  const btc = { symbol: 'BTCUSDT', price: /^\d{5,6}\.\d{8}$/ }

  t.match((await get('/api/v3/ticker/price?symbol=BTCUSDT')).json(), btc)
  t.match((await get('/api/v3/ticker/price?symbols=["SHIBUSDT","BTCUSDT"]')).json(), [{ symbol: 'SHIBUSDT', price: /^0\.0000\d{4}$/ }, btc])
  t.equal(((await get('/api/v3/ticker/price')).json() as unknown[]).length, 13)
  t.match((await get('/api/v3/ticker/24hr?symbol=BTCUSDT')).json(), {
    symbol: 'BTCUSDT', lastPrice: btc.price, priceChangePercent: /^-?\d+\.\d{3}$/, volume: String, quoteVolume: String, openTime: NOON - 86_400_000, closeTime: NOON
  })
})

t.test('candles are arrays that join each other, and the newest is still open', async (t) => {
  const { get } = await start(t)
  const candles = (await get('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=50')).json() as [number, string, string, string, string, string, number, string][]
  const price = (await get('/api/v3/ticker/price?symbol=BTCUSDT')).json() as { price: string }

  t.equal(candles.length, 50)
  t.equal(candles[0]?.length, 12)
  t.equal(candles[49]?.[0], NOON - 30_000)
  t.equal(candles[49]?.[4], price.price)
  for (const [i, [time, open, high, low, , , closeTime]] of candles.entries()) {
    t.equal(closeTime, time + 59_999)
    t.ok(Number(low) <= Number(open) && Number(open) <= Number(high))
    if (i > 0) t.equal(open, candles[i - 1]?.[4])
  }
  t.equal(((await get('/api/v3/klines?symbol=BTCUSDT&interval=1d')).json() as unknown[]).length, 500)
})

t.test('the same seed and time give the same prices, another seed others', async (t) => {
  const [one, same, other] = [await start(t), await start(t), await start(t, { seed: 2 })]
  const of = async ({ get }: typeof one) => (await get('/api/v3/ticker/price')).text

  t.equal(await of(one), await of(same))
  t.not(await of(one), await of(other))
})

t.test('each answer tells the weight of the minute', async (t) => {
  let time = NOON
  const { get } = await start(t, { clock: () => time })
  const weightOf = async (path: string) => (await get(path)).headers.get('x-mbx-used-weight-1m')

  t.equal(await weightOf('/api/v3/ticker/price?symbol=BTCUSDT'), '2')
  t.equal(await weightOf('/api/v3/ticker/price'), '6')
  t.equal(await weightOf('/api/v3/ticker/24hr?symbol=BTCUSDT'), '8')
  t.equal(await weightOf(`/api/v3/ticker/24hr?symbols=["${Array.from({ length: 21 }, () => 'BTCUSDT').join('","')}"]`), '48')
  time += 60_000
  t.equal(await weightOf('/api/v3/klines?symbol=BTCUSDT&interval=4h&limit=1'), '2')
})

t.test('what it does not know it refuses as Binance does', async (t) => {
  const { get } = await start(t)
  const cases: [string, number, number][] = [
    ['/api/v3/ticker/price?symbol=NOPEUSDT', 400, -1121],
    ['/api/v3/ticker/price?symbols=BTCUSDT', 400, -1100],
    ['/api/v3/klines', 400, -1121],
    ['/api/v3/klines?symbol=BTCUSDT', 400, -1120],
    ['/api/v3/klines?symbol=BTCUSDT&interval=2h', 400, -1120],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1001', 400, -1130],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=many', 400, -1130],
    ['/api/v3/account', 404, -1]
  ]
  for (const [path, status, code] of cases) {
    const answer = await get(path)
    t.equal(answer.status, status, path)
    t.match(answer.json(), { code, msg: String }, path)
  }
})

t.test('it can be told to fail, to limit, to be slow and to lie', async (t) => {
  const { control, get, market } = await start(t)
  const path = '/api/v3/ticker/price'

  t.match(await control({ mode: 'fail', status: 502 }), { status: 200, body: { mode: 'fail', status: 502 } })
  t.equal((await get(path)).status, 502)
  await control({ mode: 'limit', retry_after_s: 9 })
  t.match({ ...await get(path) }, { status: 429 })
  t.equal((await get(path)).headers.get('retry-after'), '9')
  await control({ mode: 'slow', delay_ms: 1 })
  t.equal((await get(path)).status, 200)
  await control({ mode: 'lie' })
  t.match((await get(path)).json(), [{ price: /^\d+\.\d{8}$/ }, { symbol: 'ETHUSDT', price: /^\d{7}/ }, { price: 'NaN' }])
  t.match((await get('/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=3')).json(), [[Number], [Number, /^\d{8}/], [Number, 'NaN', 'NaN']])
  await control({ mode: 'lie', lie: 'json' })
  t.throws((await get(path)).json)
  await control({ mode: 'lie', lie: 'shape' })
  t.match((await get(path)).json(), { price: Number })
  await control({ mode: 'lie', lie: 'huge' })
  t.ok((await get(path)).text.length > 10_000_000)
  await control({ mode: 'lie', lie: 'redirect', location: 'http://127.0.0.1:1/' })
  t.equal((await get(path)).headers.get('location'), 'http://127.0.0.1:1/')
  await control({})
  t.equal((await get(path)).status, 200)
  t.match((await get('/control')).json(), { mode: 'ok', requests: market.requests() })
})

t.test('a control message that says something else is refused and changes nothing', async (t) => {
  const { control, get } = await start(t)
  await control({ mode: 'fail' })
  for (const body of ['', '[', 'null', '7', { mode: 'explode' }, { delay_ms: '5' }, { delay_ms: -1 }, { location: 'nowhere' }, { location: 7 }, { speed: 1 }]) {
    t.match(await control(body), { status: 400 }, JSON.stringify(body))
  }
  t.match((await get('/control')).json(), { mode: 'fail' })
})

t.test('a fault of the simulator itself ends the connection', async (t) => {
  const { get } = await start(t, { clock: () => { throw new Error('broken clock') } })
  await t.rejects(get('/api/v3/ticker/price'))
})

t.test('npm run market serves it on a port of its own', async (t) => {
  const command = run(t, ['scripts/market/index.ts', '--port', '0', '--seed', '3'], {})
  const [, url] = await command.printed(/Market simulator: (http:\/\/127\.0\.0\.1:\d+) /)

  t.equal((await fetch(`${url}/api/v3/ticker/price?symbol=BTCUSDT`)).status, 200)
  t.equal(await command.stop('SIGINT'), 0)
})
