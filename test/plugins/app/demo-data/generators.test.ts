import t from 'tap'
import { Value } from 'typebox/value'
import { generateCircles } from '../../../../plugins/app/demo-data/accounts.ts'
import { generateSignals } from '../../../../plugins/app/demo-data/market.ts'
import { generateAnalysts } from '../../../../plugins/app/demo-data/people.ts'
import { scaleOf } from '../../../../plugins/app/demo-data/scale.ts'
import { SymbolSchema } from '../../../../schemas/signals.ts'
import { UsernameSchema } from '../../../../schemas/users.ts'
import { PriceSchema } from '../../../../schemas/common.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const DEMO_BALANCE = 10_000_000_000

function generate (users: number, now = NOW) {
  const context = { scale: scaleOf(users), now, passwordHash: 'hash' }
  const circles = [...generateCircles(context)]
  return {
    analysts: [...generateAnalysts(context)],
    signals: [...generateSignals(context)],
    users: circles.flatMap((circle) => circle.users),
    transactions: circles.flatMap((circle) => circle.transactions),
    earnings: circles.flatMap((circle) => circle.earnings)
  }
}

const data = generate(2000)
const textOf = (id: { toHexString: () => string }) => id.toHexString()

t.test('2,000 users come with 60 analysts, 5,000 signals, 40,000 transactions and 3,000 earnings', async (t) => {
  t.strictSame(Object.values(data).map(({ length }) => length), [60, 5000, 2000, 40_000, 3000])
  for (const documents of Object.values(data)) t.equal(new Set(documents.map(({ _id }) => textOf(_id))).size, documents.length)
  t.equal(new Set(data.users.map(({ username }) => username)).size, 2000)
  t.strictSame(data.users.map((user) => user.user_id).sort((a, b) => a - b), Array.from({ length: 2000 }, (_, i) => i + 1))
})

t.test('the same users, however few, are made again, with dates that move with the time', async (t) => {
  t.strictSame(generate(50), generate(50))
  const [today, tomorrow] = [generate(50), generate(50, new Date(NOW.getTime() + 86_400_000))]
  const without = (users: typeof today.users) => users.map(({ created_at: _created, subscription_expires: _expires, ...user }) => user)
  t.strictSame(without(today.users), without(tomorrow.users))

  for (const [users, expected] of [[1, 4], [4, 4], [7, 7], [25, 25]] as const) t.equal(generate(users).users.length, expected)
  t.equal(generate(1).analysts.length, 1)
})

t.test('each balance is the sum of the completed entries, and never was negative', async (t) => {
  const balances = new Map<number, number>()
  let lowest = 0
  const chronological = [...data.transactions].sort((a, b) => a.created_at.getTime() - b.created_at.getTime())
  for (const { user_id: userId, amount, status } of chronological) {
    if (status === 'completed') balances.set(userId, (balances.get(userId) ?? 0) + amount)
    lowest = Math.min(lowest, balances.get(userId) ?? 0)
  }

  t.strictSame(data.users.filter((user) => balances.get(user.user_id) !== user.balance), [])
  t.equal(lowest, 0)
  t.ok(data.transactions.every(({ amount, created_at: createdAt }) => Number.isSafeInteger(amount) && amount !== 0 && createdAt <= NOW))
})

t.test('the four demo users hold 10,000 USDT and are what their names say', async (t) => {
  const demo = new Map(data.users.filter(({ username }) => username.startsWith('demo-')).map((user) => [user.username, user]))

  t.strictSame([...demo.keys()].sort(), ['demo-admin', 'demo-analyst', 'demo-user', 'demo-vip'])
  for (const user of demo.values()) t.match(user, { balance: DEMO_BALANCE, is_active: true, password_hash: 'hash' })
  t.match(demo.get('demo-user'), { user_id: 1, tier: 'free', subscription_expires: null })
  t.match(demo.get('demo-vip'), { tier: 'vip', referred_by: 1 })
  t.ok((demo.get('demo-vip')?.subscription_expires ?? 0) > NOW)
  t.match(demo.get('demo-admin'), { tier: 'admin' })
  t.match(demo.get('demo-analyst'), { tier: 'analyst', user_id: data.analysts[0]?.user_id })
  t.ok(data.earnings.some((earning) => earning.referrer_id === 1))
})

t.test('earnings are a share of a payment by someone whom the referrer brought in', async (t) => {
  const users = new Map(data.users.map((user) => [user.user_id, user]))
  const payments = new Map(data.transactions.map((transaction) => [textOf(transaction._id), transaction]))
  const wrong = data.earnings.filter(({ referrer_id: referrer, referred_id: referred, transaction_id: id, amount }) => {
    const payment = payments.get(textOf(id))
    return payment?.kind !== 'subscription' || payment.user_id !== referred || amount * 10 !== -payment.amount || users.get(referred)?.referred_by !== referrer
  })
  const entries = data.transactions.filter(({ kind }) => kind === 'referral')

  t.strictSame(wrong, [])
  const sum = (list: { amount: number }[]) => list.reduce((total, { amount }) => total + amount, 0)
  t.equal(sum(entries), sum(data.earnings), 'the ledger has every earning')
})

t.test('half of the users have a subscription that they have paid', async (t) => {
  const active = data.users.filter((user) => (user.subscription_expires ?? 0) > NOW)
  const lastPaid = new Map(data.transactions.filter(({ kind }) => kind === 'subscription').map((entry) => [entry.user_id, entry.created_at.getTime()]))

  t.equal(active.length, 1000)
  t.ok(active.every((user) => Math.abs((user.subscription_expires?.getTime() ?? 0) - 30 * 86_400_000 - (lastPaid.get(user.user_id) ?? 0)) <= 1))
})

type Signal = typeof data.signals[number]

/** From the stop by entry to the last target, prices rise to buy and fall to sell. */
function isOrdered ({ side, stop_loss: stop, entry, targets }: Signal): boolean {
  const prices = [stop, entry, ...targets].map(Number)
  const rising = side === 'buy' ? prices : prices.reverse()
  return rising.every((price, i) => i === 0 || price > (rising[i - 1] ?? Infinity))
}

function isClosedRightly ({ status, created_at: createdAt, closed_at: closedAt }: Signal): boolean {
  return status === 'active' ? closedAt === null : closedAt !== null && closedAt > createdAt && closedAt <= NOW
}

t.test('signals are plausible: order of prices, levels of markets, and times of analysts', async (t) => {
  const analysts = new Map(data.analysts.map((analyst) => [textOf(analyst._id), analyst]))
  const founded = (signal: Signal) => (analysts.get(textOf(signal.analyst_id))?.created_at ?? NOW) < signal.created_at

  t.strictSame(data.signals.filter((signal) => !isOrdered(signal)), [])
  t.strictSame(data.signals.filter((signal) => !isClosedRightly(signal)), [])
  t.strictSame(data.signals.filter((signal) => !founded(signal)), [])
  t.strictSame(data.signals.filter(({ entry, symbol }) => !Value.Check(PriceSchema, entry) || !Value.Check(SymbolSchema, symbol)), [])
  const levels = data.signals.filter((signal) => signal.symbol === 'BTCUSDT').map(({ entry }) => Number(entry))
  t.ok(Math.min(...levels) > 70_000 && Math.max(...levels) < 120_000)
  t.strictSame([...new Set(data.signals.map(({ status }) => status))].sort(), ['active', 'cancelled', 'hit', 'stopped'])
})

t.test('people have names and ranks', async (t) => {
  const tiers = new Map(data.users.map((user) => [user.user_id, user.tier]))

  t.strictSame(data.users.filter(({ username }) => !Value.Check(UsernameSchema, username)), [])
  t.ok(data.analysts.every((analyst) => tiers.get(analyst.user_id) === 'analyst' && analyst.rank >= 0 && analyst.rank <= 1000))
  t.equal(data.users.filter(({ tier }) => tier === 'analyst').length, 60)
})
