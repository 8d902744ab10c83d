import { ObjectId } from 'mongodb'
import t, { type Test } from 'tap'
import money from '../../../plugins/app/money.ts'
import presenter from '../../../plugins/app/presenter/index.ts'
import { buildBare } from '../../helper.ts'

async function build (test: Test) {
  const fastify = buildBare(test)
  await fastify.register(money)
  await fastify.register(presenter)
  return fastify.presenter
}

const _id = new ObjectId('0123456789abcdef01234567')
const time = new Date('2026-01-02T03:04:05.678Z')
const user = {
  _id, user_id: 7, username: 'rami', password_hash: 'secret', tier: 'vip' as const, balance: 1_500_000, is_active: true, subscription_expires: time, referred_by: null, created_at: time
}
const signal = {
  _id, analyst_id: _id, symbol: 'BTCUSDT', side: 'buy' as const, entry: '1.5', targets: ['2'], stop_loss: '1', status: 'active' as const, version: 3, created_at: time, closed_at: null
}

t.test('users are shown with their balance as a text, and never with their password hash', async (t) => {
  const present = await build(t)

  t.strictSame(present.user(user), {
    user_id: 7, username: 'rami', tier: 'vip', balance: '1.500000', is_active: true, subscription_expires: time.toISOString(), referred_by: null, created_at: time.toISOString()
  })
  t.equal(present.user({ ...user, subscription_expires: null }).subscription_expires, null)
  t.strictSame(present.user(user, ['password_hash', 'username']), { username: 'rami' })
})

t.test('signals show entry, targets and stop to those who see them', async (t) => {
  const present = await build(t)
  const shown = present.signal(signal, { sees: () => true })

  t.match(shown, { id: _id.toHexString(), analyst_id: _id.toHexString(), entry: '1.5', targets: ['2'], stop_loss: '1', version: 3, closed_at: null })
  t.strictSame(present.signal(signal, { sees: () => false }), { ...shown, entry: null, targets: null, stop_loss: null })
  t.equal(present.signal({ ...signal, closed_at: time }, { sees: () => true }).closed_at, time.toISOString())
})

t.test('partial documents give partial answers', async (t) => {
  const present = await build(t)
  const read = { _id, user_id: 7, created_at: time }

  t.strictSame(present.user({ user_id: 7, username: 'rami' }, ['username']), { username: 'rami' })
  t.strictSame(present.analyst(read, ['id', 'user_id']), { id: _id.toHexString(), user_id: 7 })
  t.strictSame(present.transaction(read, ['id']), { id: _id.toHexString() })
  t.strictSame(present.signal({ symbol: 'BTCUSDT', status: 'hit' }, { sees: () => true }, ['symbol']), { symbol: 'BTCUSDT' })
  t.equal(present.signal({}, { sees: () => true }).id, undefined)
  t.match(present.analyst({}), { id: undefined, created_at: undefined })
  t.match(present.transaction({}), { id: undefined, amount: undefined })
})

t.test('transactions and statistics show amounts as texts', async (t) => {
  const present = await build(t)
  const transaction = { _id, user_id: 7, kind: 'withdrawal' as const, amount: -2_500_000, status: 'pending' as const, reference: 'w-1', created_at: time }

  t.match(present.transaction(transaction), { id: _id.toHexString(), amount: '-2.500000', created_at: time.toISOString() })
  t.strictSame(present.referralTotals(undefined), { referred_count: 0, total_earned: '0.000000', earned_this_month: '0.000000' })
  t.strictSame(present.stats({ user_id: 7, transaction_count: 3, total_referral_earnings: 1 }), { user_id: 7, transaction_count: 3, total_referral_earnings: '0.000001' })
})

t.test('names of fields are a comma-separated text', async (t) => {
  const present = await build(t)

  t.strictSame(present.fieldsOf('id,name'), ['id', 'name'])
  t.equal(present.fieldsOf(undefined), undefined)
})

t.test('payments and their events show amounts and times as texts, and no digest', async (t) => {
  const present = await build(t)
  const shown = time.toISOString()
  t.strictSame(present.payment({ _id: 'acme.pay_1', provider: 'acme', user_id: 7, amount: 1_500_000, status: 'pending', created_at: time, updated_at: time }), {
    id: 'acme.pay_1', provider: 'acme', user_id: 7, amount: '1.500000', status: 'pending', created_at: shown, updated_at: shown
  })
  const event = { _id: 'acme.evt_1', provider: 'acme', type: 'payout.paid', payment_id: null, user_id: null, amount: null, digest: 'x', status: 'received' as const, reason: null, occurred_at: time, created_at: time, settled_at: null }
  const { _id: id, digest, ...rest } = event
  t.strictSame(present.paymentEvent(event), { id, ...rest, occurred_at: shown, created_at: shown })
  t.match(present.paymentEvent({ ...event, amount: 1, settled_at: time }), { amount: '0.000001', settled_at: shown, digest: undefined })
  t.equal(digest, 'x')
})
