import fc from 'fast-check'
import t from 'tap'
import { nextFactor } from '../../../../plugins/app/rate-limits/load-factor.ts'

const after = (...loads: number[]) => loads.reduce(nextFactor, 1)

t.test('up to a load of 0.8 budgets are whole; above, 0.7 of them or less, the less the higher it is', async (t) => {
  t.equal(after(0.8), 1)
  t.ok(Math.abs(after(0.81) - 0.68) < 1e-9)
  t.ok(Math.abs(after(0.9) - 0.5) < 1e-9)
  t.ok(Math.abs(after(1) - 0.3) < 1e-9)
  t.ok(Math.abs(after(7) - 0.3) < 1e-9, 'never less')
})

t.test('budgets are cut at once and restored in steps, not before the load is well below', async (t) => {
  t.equal(after(1, 0.75), after(1) + 0.1)
  t.ok(after(0.85, 0.79) < 0.61, 'just below the threshold they stay cut')
  t.ok(after(0.85, 0.5) < 1, 'not in one step')
  t.equal(after(1, ...Array.from({ length: 10 }, () => 0.5)), 1)
})

t.test('a load that swings about the threshold does not swing the budgets', async (t) => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0.76, max: 0.84, noNaN: true }), { minLength: 1, maxLength: 50 }), (loads) => {
    const factors = loads.map((_, index) => after(...loads.slice(0, index + 1)))
    // once cut they stay below the whole
    const firstCut = factors.findIndex((factor) => factor < 1)
    return firstCut === -1 || factors.slice(firstCut).every((factor) => factor <= 0.7)
  }))
  t.pass('whatever it does between 0.76 and 0.84')
})
