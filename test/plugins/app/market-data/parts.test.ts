import fc from 'fast-check'
import t from 'tap'
import { createClient } from '../../../../plugins/app/market-data/client.ts'
import { isWithin, toUnits } from '../../../../plugins/app/market-data/decimals.ts'
import { createMarketMetrics } from '../../../../plugins/app/market-data/market-metrics.ts'
import { createWeightBudget } from '../../../../plugins/app/market-data/weight-budget.ts'
import { buildMarketData, startMarket } from './helper.ts'

t.test('decimals compare exactly', async (t) => {
  t.equal(toUnits('64250.1'), 64_250_100_000_000_000n)
  t.ok(isWithin(2, '0.000000000002', '0.000000000001'))
  t.notOk(isWithin(2, '999999999999.000000000001', '499999999999.5'))
  t.ok(isWithin(1.5, '15', '10.0'))
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (a, b) =>
    isWithin(2, String(a), String(b)) === (a <= 2 * b && b <= 2 * a)))
})

t.test('a pause is what the exchange asks for, within what its bans can be', async (t) => {
  const pauseAfter = (status: number, headers: Record<string, string>) => {
    let time = 90_000
    const budget = createWeightBudget({ maxWeight: 100, onUsed () {}, now: () => time })
    budget.note(status, new Headers(headers))
    const begin = time
    while (budget.isPaused() && time < 1e10) time += 1000
    return time - begin
  }
  t.equal(pauseAfter(200, {}), 0)
  t.equal(pauseAfter(200, { 'x-mbx-used-weight-1m': '99' }), 0)
  t.equal(pauseAfter(200, { 'x-mbx-used-weight-1m': '100' }), 30_000, 'until the minute ends')
  t.equal(pauseAfter(200, { 'x-mbx-used-weight-1m': 'many' }), 0)
  t.equal(pauseAfter(429, { 'retry-after': '7' }), 7000)
  t.equal(pauseAfter(418, { 'retry-after': new Date(100_000).toUTCString() }), 10_000)
  t.equal(pauseAfter(429, { 'retry-after': 'soon' }), 60_000)
  t.equal(pauseAfter(418, {}), 60_000)
  t.equal(pauseAfter(418, { 'retry-after': '99999999' }), 3 * 86_400_000)
})

t.test('a fault of our own is not taken for one of the exchange', async (t) => {
  const market = await startMarket(t)
  const { fastify } = await buildMarketData(t, { MARKET_DATA_URL: market.url })
  fastify.metrics.clear()
  const { config, httpErrors, log } = fastify
  const client = createClient({ config, httpErrors, log, metrics: createMarketMetrics(fastify.metrics, Date.now), now: Date.now })

  await t.rejects(client.ask({ endpoint: 'prices', query: {} }, () => { throw new TypeError('ours') }), { message: 'ours' })
  t.equal(market.requests(), 1)
})
