import t from 'tap'
import { growthOf, MAX_GROWTH, slopeOf, type Point } from '../../../bench/soak/growth.ts'

const series = (valueAt: (n: number) => number, count = 100): Point[] => Array.from({ length: count }, (_, n) => [n, valueAt(n)])
/** Up and down without a trend, by no chance. */
const wobble = (n: number): number => (n * 7919 % 11 - 5) / 5

t.test('the slope of a line is that of the line', async (t) => {
  t.equal(slopeOf(series((n) => 3 * n + 5)), 3)
  t.equal(slopeOf([[0, 10], [0, 20], [2, 14], [4, 18]]), 2, 'two values of one moment have no slope')
})

t.test('a fifth of the points may be anything', async (t) => {
  const points = series((n) => n % 5 === 0 ? 1e9 : 2 * n)
  t.equal(slopeOf(points), 2)
})

t.test('fewer than two points have no growth, and none below the limit either', async (t) => {
  t.ok(Number.isNaN(growthOf([]).growth))
  t.notOk(growthOf([[0, 70]]).growth < 0.01)
})

t.test('a level heap that wobbles by one percent does not grow', async (t) => {
  const { level, growth, noise } = growthOf(series((n) => 70 + 0.7 * wobble(n)))
  t.equal(level, 70)
  t.ok(Math.abs(growth) < 0.002, `growth ${growth}`)
  t.ok(noise > 0.003 && noise < 0.01, `noise ${noise}`)
})

t.test('two percent are seen through as much noise', async (t) => {
  const { growth } = growthOf(series((n) => 70 + 1.4 * n / 99 + 0.7 * wobble(n)))
  t.ok(Math.abs(growth - 0.02) < 0.002, `growth ${growth}`)
})

t.test('what is thrown away again and again is no growth', async (t) => {
  const { growth } = growthOf(series((n) => 70 + n % 10))
  t.ok(Math.abs(growth) < MAX_GROWTH, `growth ${growth}`)
})

t.test('a heap that shrinks has a growth below zero', async (t) => {
  t.ok(growthOf(series((n) => 70 - 0.1 * n)).growth < -0.1)
})
