import t from 'tap'
import { ConcurrencyLimit, type Usual } from '../../../../plugins/app/load-shedding/concurrency-limit.ts'

const BOUNDS = { floor: 4, ceiling: 1000 }
const QUIET = 0
const BUSY = 50

/** A window in which so many requests of a route took so long, all in flight at once. */
function pass (limit: ConcurrencyLimit, usual: Usual, { ms = 10, count = 20, others = BUSY, isRefusing = false, peak = 50, left = 0 } = {}): number {
  limit.fill(peak)
  for (let n = 0; n < count; n++) limit.observe(usual, ms, others)
  limit.adjust(isRefusing, left)
  return limit.value
}

t.test('it begins with room for a burst, within its bounds', async (t) => {
  t.equal(new ConcurrencyLimit(BOUNDS).value, 100)
  t.equal(new ConcurrencyLimit({ floor: 4, ceiling: 20 }).value, 20)
  t.equal(new ConcurrencyLimit({ floor: 200, ceiling: 1000 }).value, 200)
})

t.test('what is usual follows the median of requests that had the server to themselves', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: undefined }
  limit.observe(usual, 40, QUIET)
  for (let n = 0; n < 300; n++) limit.observe(usual, n % 3 === 0 ? 900 : 10, QUIET)
  t.ok(Number(usual.ms) > 9 && Number(usual.ms) < 12, `${usual.ms}`)
  for (let n = 0; n < 300; n++) limit.observe(usual, 900, BUSY)
  t.ok(Number(usual.ms) < 12, 'others prove nothing')
})

t.test('congestion that lasts cuts it to what is in flight by how much too long that takes, by half at most, and not below its floor', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: 10 }
  t.equal(pass(limit, usual, { ms: 500 }), 100, 'one window may be a pause')
  t.equal(pass(limit, usual, { ms: 500 }), 25, 'half of the 50 in flight')
  t.equal(pass(limit, usual, { ms: 12 * 2, peak: 20 }), 20 * 1.2 / 2)
  t.equal(pass(limit, usual, { ms: 500, peak: 20 }), 6)
  t.equal(pass(limit, usual, { ms: 500, peak: 20 }), 4)
})

t.test('a queue that is empty now and then is none, however long it is meanwhile', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: 10 }
  for (let n = 0; n < 10; n++) {
    for (let k = 0; k < 17; k++) limit.observe(usual, 500, BUSY)
    pass(limit, usual, { count: 3 })
  }
  t.ok(limit.value >= 100)
})

t.test('a pause between two congested windows is no congestion that lasts', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: 10 }
  for (let n = 0; n < 5; n++) {
    pass(limit, usual, { ms: 500 })
    pass(limit, usual)
  }
  t.ok(limit.value >= 100)
})

t.test('queues that nobody notices are none: two milliseconds for what takes a tenth', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  for (let n = 0; n < 10; n++) pass(limit, { ms: 0.1 }, { ms: 2.1 })
  t.ok(limit.value >= 100)
})

t.test('routes of all kinds together are measured each by its own time', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const quick: Usual = { ms: 1 }
  const slow: Usual = { ms: 400 }
  for (let n = 0; n < 10; n++) {
    for (let k = 0; k < 15; k++) limit.observe(slow, 400, BUSY)
    pass(limit, quick, { ms: 1, count: 5 })
  }
  t.ok(limit.value >= 100, 'mostly slow ones are no congestion')
})

t.test('without congestion it grows: to its resting size by itself, beyond only while that is used', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: 10 }
  for (let n = 0; n < 9; n++) pass(limit, usual, { ms: 500, peak: 10 })
  t.equal(limit.value, 4)
  limit.adjust(false, 0)
  t.equal(limit.value, 5, 'without a single request')
  for (let n = 0; n < 60; n++) pass(limit, usual, { peak: 1 })
  t.ok(limit.value >= 100 && limit.value < 126, `${limit.value}`)
  for (let n = 0; n < 60; n++) pass(limit, usual, { peak: 2000 })
  t.equal(limit.value, 1000)
})

t.test('while requests are refused it grows slowly, not to swing', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: 10 }
  for (let n = 0; n < 9; n++) pass(limit, usual, { ms: 500, peak: 10 })
  t.equal(pass(limit, usual, { peak: 4, isRefusing: true }), 4 * 1.1)
})

t.test('a few requests decide nothing', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const few = { ms: 500, count: 4, left: 50 }
  for (let n = 0; n < 5; n++) t.equal(pass(limit, { ms: 10 }, few), 100)
  t.equal(pass(limit, { ms: 10 }, few), 25, 'twelve do, the second time')
})

t.test('while requests are refused, what is usual is measured anew every ten seconds, with hardly any in flight', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: 10 }
  const wait = (windows: number) => { for (let n = 0; n < windows; n++) pass(limit, usual, { ms: 30, isRefusing: true }) }
  wait(99)
  t.equal(limit.value, 4, 'requests have become heavier: all seem to wait')
  wait(1)
  t.equal(limit.value, 2)
  for (let n = 0; n < 3; n++) pass(limit, usual, { ms: 30, count: 10, others: QUIET, isRefusing: true })
  t.ok(Number(usual.ms) > 25, `${usual.ms}`)
  t.equal(limit.value, 4, 'thirty requests are enough')
  wait(20)
  t.ok(limit.value > 8, `and there is more room again: ${limit.value}`)
})

t.test('whatever takes long, fewer than the floor in flight are no queue', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  for (let n = 0; n < 10; n++) pass(limit, { ms: 10 }, { ms: 3000, peak: 3 })
  t.ok(limit.value >= 100)
})

t.test('a few that came last do not keep it low', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  const usual: Usual = { ms: 10 }
  for (let n = 0; n < 9; n++) pass(limit, usual, { ms: 500, peak: 10 })
  pass(limit, usual, { ms: 500, count: 3, peak: 10 })
  for (let n = 0; n < 20; n++) limit.adjust(false, 0)
  t.ok(limit.value >= 100)
})

t.test('measuring anew ends after a second, whatever it has learnt', async (t) => {
  const limit = new ConcurrencyLimit(BOUNDS)
  for (let n = 0; n < 100; n++) pass(limit, { ms: 10 }, { isRefusing: true })
  t.equal(limit.value, 2)
  for (let n = 0; n < 10; n++) pass(limit, { ms: 10 }, { isRefusing: true })
  t.not(limit.value, 2)
})

t.test('it is not measured anew while nothing is refused, or while it is measured anyway', async (t) => {
  for (const how of [{}, { isRefusing: true, others: QUIET }]) {
    const limit = new ConcurrencyLimit(BOUNDS)
    const values = Array.from({ length: 250 }, () => pass(limit, { ms: 10 }, how))
    t.notOk(values.includes(2))
  }
})
