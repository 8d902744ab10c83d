import fc from 'fast-check'
import t from 'tap'
import { isPlausible } from '../../../../plugins/app/signals/prices.ts'

const plan = { side: 'buy' as const, entry: '100', targets: ['101', '110.5'], stop_loss: '99.5' }

t.test('buying, the stop is below the entry and every target above it', async (t) => {
  t.ok(isPlausible(plan))
  t.notOk(isPlausible({ ...plan, stop_loss: '100' }))
  t.notOk(isPlausible({ ...plan, stop_loss: '100.0' }), 'the same price, written otherwise')
  t.notOk(isPlausible({ ...plan, targets: ['101', '100'] }))
  t.ok(isPlausible({ ...plan, stop_loss: '9' }), 'prices compare as numbers, not as texts')
})

t.test('selling, it is the other way round', async (t) => {
  const sell = { side: 'sell' as const, entry: '100', targets: ['99', '90'], stop_loss: '101' }

  t.ok(isPlausible(sell))
  t.notOk(isPlausible({ ...sell, stop_loss: '99.9' }))
  t.notOk(isPlausible({ ...plan, side: 'sell' }))
})

t.test('the last digit counts, where floats have long lost it', async (t) => {
  t.ok(isPlausible({ side: 'buy', stop_loss: '999999999999.000000000001', entry: '999999999999.000000000002', targets: ['999999999999.000000000003'] }))
  fc.assert(fc.property(fc.bigInt(0n, 10n ** 24n - 1n), fc.bigInt(0n, 10n ** 24n - 1n), (a, b) => {
    const text = (n: bigint) => `${n / 10n ** 12n}.${String(n % 10n ** 12n).padStart(12, '0')}`
    return isPlausible({ side: 'buy', stop_loss: text(a), entry: text(b), targets: [] }) === (a < b)
  }))
})
