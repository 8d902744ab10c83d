import { ObjectId } from 'mongodb'
import t from 'tap'
import { addMonths } from '../../../../plugins/app/subscriptions/months.ts'
import { MAX_MONEY } from '../../../../schemas/common.ts'
import { addUser, build, buy, differencesOf, PRICE, stateOf } from './helper.ts'

t.test('plans have the prices of the configuration', async (t) => {
  const fastify = await build(t, { SUBSCRIPTION_VIP_PRICE: '49.500000' })
  t.strictSame(fastify.subscriptions.plans(), [{ plan: 'vip', monthly_price: '49.500000' }])
  for (const price of ['0.000000', '-1.000000', '1', '1000000.000000', 'free']) await t.rejects(build(t, { SUBSCRIPTION_VIP_PRICE: price }), /SUBSCRIPTION_VIP_PRICE/, price)
  for (const percent of [-1, 101, 2.5]) await t.rejects(build(t, { REFERRAL_SHARE_PERCENT: percent }), /REFERRAL_SHARE_PERCENT/, String(percent))
})

t.test('months are paid for, added, and make a free user a vip', async (t) => {
  const fastify = await build(t)
  const user = await addUser(fastify, 'user', 5 * PRICE)
  const bought = await buy(fastify, user, 3)
  const { balance, tier, expires, entries } = await stateOf(fastify, user)

  t.match(bought, { user_id: user.user_id, plan: 'vip', months: 3, amount: '87.000000', subscription_expires: String(expires) })
  t.equal(bought.subscription_expires, addMonths(new Date(bought.created_at), 3).toISOString())
  t.strictSame({ balance, tier }, { balance: 2 * PRICE, tier: 'vip' })
  t.match(entries, [{ _id: new ObjectId(bought.transaction_id), kind: 'subscription', amount: -3 * PRICE, reference: 'vip-3', created_at: new Date(bought.created_at) }])
  const again = await buy(fastify, user, 1)
  t.equal(again.subscription_expires, addMonths(new Date(bought.subscription_expires), 1).toISOString(), 'from the present end on')
  t.equal((await stateOf(fastify, user)).expires, again.subscription_expires)
})

t.test('a subscription that has ended begins anew; analysts and admins stay what they are', async (t) => {
  const fastify = await build(t)
  for (const tier of ['vip', 'analyst', 'admin'] as const) {
    const user = await addUser(fastify, tier, PRICE, { tier, subscription_expires: new Date(0) })
    const bought = await buy(fastify, user)
    t.equal(bought.subscription_expires, addMonths(new Date(bought.created_at), 1).toISOString())
    t.match(await stateOf(fastify, user), { tier, balance: 0 })
  }
})

t.test('whoever referred the subscriber earns a share, rounded down', async (t) => {
  const fastify = await build(t, { SUBSCRIPTION_VIP_PRICE: '0.000333', REFERRAL_SHARE_PERCENT: 15 })
  const referrer = await addUser(fastify, 'referrer', 0)
  const user = await addUser(fastify, 'user', 1000, { referred_by: referrer.user_id })
  await fastify.usersRepository.stats(referrer.user_id)
  const bought = await buy(fastify, user)
  const { balance, entries, earnings } = await stateOf(fastify, referrer)

  t.equal(balance, 49)
  t.match(entries, [{ kind: 'referral', amount: 49, status: 'completed', reference: `transaction:${bought.transaction_id}` }])
  t.match(earnings, [{ referred_id: user.user_id, transaction_id: new ObjectId(bought.transaction_id), amount: 49, created_at: Date }])
  t.match(await fastify.usersRepository.stats(referrer.user_id), { transaction_count: 1, total_referral_earnings: 49 }, 'at once')
  t.strictSame(await differencesOf(fastify), [])
})

t.test('a referrer who cannot be paid keeps nobody from subscribing', async (t) => {
  const fastify = await build(t)
  const inactive = await addUser(fastify, 'inactive', 0, { is_active: false })
  const full = await addUser(fastify, 'full', MAX_MONEY)
  const selfish = await addUser(fastify, 'selfish', PRICE)
  await fastify.documents.collection('users').updateOne({ user_id: selfish.user_id }, { $set: { referred_by: selfish.user_id } })
  const buyers = [selfish]
  for (const referrer of [7, inactive.user_id, full.user_id]) buyers.push(await addUser(fastify, `of-${referrer}`, PRICE, { referred_by: referrer }))

  for (const buyer of buyers) {
    t.match(await buy(fastify, buyer), { amount: '29.000000' })
    t.equal((await stateOf(fastify, buyer)).balance, 0)
  }
  for (const referrer of [inactive, full]) t.match(await stateOf(fastify, referrer), { entries: { length: 0 }, earnings: { length: 0 } })
  t.equal(await fastify.documents.collection('referral_earnings').countDocuments(), 0)
})

t.test('a share that is less than a micro-USDT is none', async (t) => {
  for (const env of [{ REFERRAL_SHARE_PERCENT: 0 }, { SUBSCRIPTION_VIP_PRICE: '0.000009' }]) {
    const fastify = await build(t, env)
    const referrer = await addUser(fastify, 'referrer', 0)
    const user = await addUser(fastify, 'user', PRICE, { referred_by: referrer.user_id })
    await buy(fastify, user)
    t.match(await stateOf(fastify, referrer), { balance: 0, entries: { length: 0 } })
    await fastify.close()
  }
})

t.test('what is refused, or fails in the midst, leaves nothing', async (t) => {
  const fastify = await build(t)
  const referrer = await addUser(fastify, 'referrer', 0)
  const poor = await addUser(fastify, 'poor', PRICE - 1, { referred_by: referrer.user_id })
  const inactive = await addUser(fastify, 'inactive', PRICE, { is_active: false, referred_by: referrer.user_id })
  const rich = await addUser(fastify, 'rich', PRICE, { referred_by: referrer.user_id })
  await t.rejects(buy(fastify, poor), { statusCode: 422, code: 'INSUFFICIENT_BALANCE' })
  await t.rejects(buy(fastify, inactive), { statusCode: 403, name: 'ForbiddenError' })
  await t.rejects(buy(fastify, { ...rich, caller: { ...rich.caller, user_id: 7 } }), { statusCode: 404, name: 'NotFoundError' })
  const { transact } = fastify.ledger
  await t.rejects(fastify.subscriptions.buy(rich.caller, { plan: 'vip', months: 1 }, (work) => transact(({ session, post }) => work({
    session,
    async post (posting) {
      if (posting.kind === 'referral') throw new Error('died')
      return await post(posting)
    }
  }))), { message: 'died' })

  for (const user of [poor, inactive, rich, referrer]) t.match(await stateOf(fastify, user), { tier: 'free', expires: null, entries: { length: 0 }, earnings: { length: 0 } })
  t.equal((await stateOf(fastify, rich)).balance, PRICE)
  t.strictSame(await differencesOf(fastify), [])
})
