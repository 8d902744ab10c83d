import fc from 'fast-check'
import t from 'tap'
import { msUntil, roll, usedAt } from '../../../../plugins/app/rate-limits/sliding-window.ts'

const WINDOW_MS = 1000

t.test('what was spent in the window before counts by the part of it that is still covered', async (t) => {
  const spent = { index: 5, current: 0, previous: 100 }
  t.equal(usedAt(spent, WINDOW_MS, 5000), 100)
  t.equal(usedAt(spent, WINDOW_MS, 5250), 75)
  t.equal(usedAt({ ...spent, current: 7 }, WINDOW_MS, 5900), 17)
})

t.test('spending moves on with time, and is forgotten after two windows', async (t) => {
  const spent = { index: 5, current: 10, previous: 3 }
  roll(spent, WINDOW_MS, 5999)
  t.strictSame(spent, { index: 5, current: 10, previous: 3 })
  roll(spent, WINDOW_MS, 6000)
  t.strictSame(spent, { index: 6, current: 0, previous: 10 })
  roll(spent, WINDOW_MS, 8000)
  t.strictSame(spent, { index: 8, current: 0, previous: 0 })
  roll(spent, WINDOW_MS, 7000)
  t.equal(spent.index, 8, 'never back')
})

t.test('the time to wait is the first moment at which there is enough, within a millisecond', async (t) => {
  const cases = fc.record({ current: fc.nat(100), previous: fc.nat(100), target: fc.nat(100), elapsed: fc.nat(WINDOW_MS - 1) })
  fc.assert(fc.property(cases, ({ current, previous, target, elapsed }) => {
    const now = 10 * WINDOW_MS + elapsed
    const spent = { index: 10, current, previous }
    const usedAfter = (ms: number) => {
      const later = { ...spent }
      roll(later, WINDOW_MS, now + ms)
      return usedAt(later, WINDOW_MS, now + ms)
    }
    const wait = msUntil(spent, target, WINDOW_MS, now)
    const enough = usedAfter(Math.ceil(wait)) <= target + 1e-6
    const notBefore = wait < 1 || usedAfter(Math.floor(wait) - 1) > target - 1e-6
    return enough && notBefore
  }), { numRuns: 2000 })
  t.pass('in 2,000 cases')
})
