import t from 'tap'
import { scoreOf } from '../../../../plugins/app/withdrawals/score.ts'
import type { Tier } from '../../../../schemas/users.ts'

const USDT = 1_000_000

t.test('large withdrawals and those of subscribers and analysts come first', async (t) => {
  const rows: Array<[amount: number, free: number, vip: number, analyst: number, admin: number]> = [
    [10 * USDT, 1, 4, 4, 1],
    [500 * USDT, 1, 4, 4, 1],
    [500 * USDT + 1, 2, 5, 5, 2],
    [1000 * USDT, 2, 5, 5, 2],
    [1000 * USDT + 1, 3, 6, 6, 3]
  ]
  const tiers: Tier[] = ['free', 'vip', 'analyst', 'admin']
  for (const [amount, ...scores] of rows) t.strictSame(tiers.map((tier) => scoreOf(tier, amount)), scores, `${amount}`)
})
