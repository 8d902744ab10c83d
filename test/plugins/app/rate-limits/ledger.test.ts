import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { Ledger, type Standing } from '../../../../plugins/app/rate-limits/ledger.ts'

const WINDOW_MS = 60_000

function buildLedger (t: Test, { maxAccounts = 100 } = {}) {
  mock.timers.enable({ apis: ['Date'], now: 10 * WINDOW_MS })
  t.teardown(() => { mock.timers.reset() })
  const ledger = new Ledger({ windowMs: WINDOW_MS, maxAccounts, fleet: null })
  return { ledger, spend: (units: number, key = 'user:1', quota = 100) => ledger.spend(key, units, quota) as Standing }
}

t.test('units are spent until the budget is, and not one more', async (t) => {
  const { spend } = buildLedger(t)
  t.strictSame(spend(60), { isAllowed: true, quota: 100, remaining: 40, resetS: 60, retryAfterS: 0 })
  t.match(spend(41), { isAllowed: false, remaining: 40 })
  t.match(spend(40), { isAllowed: true, remaining: 0 })
  t.match(spend(1), { isAllowed: false, remaining: 0 })
  t.match(spend(1, 'user:2'), { isAllowed: true, remaining: 99 }, 'everybody has a budget')
})

t.test('who waits as long as told is allowed, and not a second earlier', async (t) => {
  const { spend } = buildLedger(t)
  spend(100)
  const { retryAfterS } = spend(50)
  t.equal(retryAfterS, 90, 'the rest of this window, and half of the next')
  mock.timers.tick((retryAfterS - 1) * 1000)
  t.match(spend(50), { isAllowed: false, retryAfterS: 1 })
  mock.timers.tick(1000)
  t.match(spend(50), { isAllowed: true })
})

t.test('at no border of windows a second budget can be had', async (t) => {
  const { spend } = buildLedger(t)
  mock.timers.tick(59_000)
  t.ok(spend(100).isAllowed)
  mock.timers.tick(2000)
  t.notOk(spend(5).isAllowed)
})

t.test('refunded units can be spent again, and no more than were spent', async (t) => {
  const { ledger, spend } = buildLedger(t)
  spend(100)
  t.match(ledger.refund('user:1', 30, 100), { isAllowed: true, remaining: 30 })
  t.match(spend(30), { isAllowed: true, remaining: 0 })
  t.match(ledger.refund('user:1', 500, 100), { remaining: 100 })
})

t.test('what costs more than there ever is may have all of it', async (t) => {
  const { spend } = buildLedger(t)
  t.match(spend(500), { isAllowed: true, remaining: 0 })
  t.match(spend(500), { isAllowed: false })
})

t.test('a smaller quota counts at once, also for what is spent already', async (t) => {
  const { spend } = buildLedger(t)
  spend(60)
  t.match(spend(1, 'user:1', 50), { isAllowed: false, quota: 50, remaining: 0 })
})

t.test('no more accounts are remembered than were allowed', async (t) => {
  const { ledger, spend } = buildLedger(t, { maxAccounts: 3 })
  for (let n = 0; n < 10; n++) spend(100, `address:${n}`)
  t.equal(ledger.size, 3)
  t.notOk(spend(1, 'address:9').isAllowed)
})
