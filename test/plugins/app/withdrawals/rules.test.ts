import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp } from '../../../helper.ts'
import type { Person } from '../../../people.ts'
import { addHolder, ADDRESS, buildWithProvider, clientOf, differencesOf, kindsOf } from '../../../withdrawals.ts'

const OTHER = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359'
const DAY_MS = 86_400_000
const NO_JOBS = { env: { JOBS_CONCURRENCY: 0 } }

const change = async (fastify: FastifyInstance, collection: string, { user_id: userId }: Person, changes: object) =>
  await fastify.documents.collection(collection).updateMany({ user_id: userId }, { $set: changes })

t.test('what breaks a rule is refused, and costs nothing', async (t) => {
  const { fastify } = await buildWithProvider(t, NO_JOBS)
  const holder = await addHolder(fastify, 'user', { balance: 500_000_000 })
  const client = clientOf(fastify, holder)

  t.match((await client.withdraw('9.999999')).json(), { status: 422, code: 'INVALID_AMOUNT', detail: 'The least amount is 10.000000' })
  t.match((await client.withdraw('0.000000')).json(), { status: 422, code: 'INVALID_AMOUNT' })
  t.match((await client.withdraw('20.000000', { wallet_address: OTHER })).json(), { status: 422, code: 'ADDRESS_UNKNOWN' })
  t.match((await client.withdraw('20.000000', { network: 'TRC20' })).json(), { status: 422, code: 'ADDRESS_UNKNOWN' })
  t.match((await client.withdraw('500.000001')).json(), { status: 422, code: 'INSUFFICIENT_BALANCE' })
  for (const own of [{ amount: '20' }, { amount: '-20.000000' }, { amount: 20 }, { code: '1234567' }, { user_id: 1 }, { network: 'BTC' }]) {
    t.match((await client.withdraw('20.000000', own)).json(), { status: 400, code: 'VALIDATION_FAILED' }, JSON.stringify(own))
  }

  await change(fastify, 'withdrawal_addresses', holder, { usable_at: new Date(Date.now() + 60_000) })
  t.match((await client.withdraw('20.000000')).json(), { status: 403, code: 'ADDRESS_WAITING' })
  await change(fastify, 'withdrawal_addresses', holder, { usable_at: new Date(0) })
  await change(fastify, 'users', holder, { password_changed_at: new Date() })
  t.match((await client.withdraw('20.000000')).json(), { status: 403, code: 'PASSWORD_CHANGED' })
  await change(fastify, 'users', holder, { password_changed_at: new Date(0), is_active: false })
  t.match((await client.withdraw('20.000000')).json(), { status: 403, code: 'FORBIDDEN', detail: 'The account is not active' })
  await change(fastify, 'users', holder, { is_active: true })

  t.equal(await client.balance(), '500.000000')
  t.match((await client.get('/v1/withdrawals')).json(), { data: [] })
  t.match(await client.withdraw('10.000000'), { statusCode: 201 }, 'the least amount')
  t.match(await client.withdraw('490.000000'), { statusCode: 201 }, 'all that there is')
})

t.test('an address of somebody else’s book is unknown', async (t) => {
  const { fastify } = await buildWithProvider(t, NO_JOBS)
  await addHolder(fastify, 'owner')
  const thief = await addHolder(fastify, 'thief')
  await fastify.documents.collection('withdrawal_addresses').deleteMany({ user_id: thief.user_id })
  t.match((await clientOf(fastify, thief).withdraw('20.000000', { wallet_address: ADDRESS })).json(), { code: 'ADDRESS_UNKNOWN' })
})

t.test('without a provider nothing is taken', async (t) => {
  const fastify = await buildApp(t)
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  t.match((await client.withdraw('20.000000')).json(), { status: 503, code: 'WITHDRAWALS_UNAVAILABLE' })
  t.equal(await client.balance(), '10000.000000')
})

t.test('in 24 hours a user withdraws no more than the tier allows; what was returned does not count', async (t) => {
  const limits = { WITHDRAWAL_DAILY_LIMIT_FREE: '100.000000', WITHDRAWAL_DAILY_LIMIT_VIP: '200.000000', WITHDRAWAL_DAILY_LIMIT_ANALYST: '300.000000' }
  const { fastify } = await buildWithProvider(t, { env: { ...NO_JOBS.env, ...limits } })
  for (const [tier, limit] of [['free', 100], ['vip', 200], ['analyst', 300], ['admin', 300]] as const) {
    const holder = await addHolder(fastify, tier, { tier })
    const client = clientOf(fastify, holder)
    t.match((await client.withdraw(`${limit}.000001`)).json(), { status: 422, code: 'DAILY_LIMIT', detail: `At most ${limit}.000000 may be withdrawn in 24 hours; ${limit}.000000 are left` })
    const { id } = (await client.withdraw(`${limit - 10}.000000`)).json<{ id: string }>()
    t.match((await client.withdraw('10.000001')).json(), { code: 'DAILY_LIMIT', detail: /; 10\.000000 are left$/ })
    t.equal((await client.withdraw('10.000000')).statusCode, 201)
    t.match((await client.withdraw('10.000000')).json(), { code: 'DAILY_LIMIT', detail: /; 0\.000000 are left$/ })
    t.equal((await client.cancel(id)).statusCode, 200)
    t.equal((await client.withdraw(`${limit - 10}.000000`)).statusCode, 201, 'what was cancelled may be withdrawn again')
    await change(fastify, 'withdrawals', holder, { created_at: new Date(Date.now() - DAY_MS - 1) })
    t.equal((await client.withdraw(`${limit}.000000`)).statusCode, 201, 'a day later')
    await change(fastify, 'users', holder, tier === 'vip' ? { subscription_expires: new Date(Date.now() - 1) } : { tier: 'free' })
    t.match((await client.withdraw('10.000000')).json(), { code: 'DAILY_LIMIT', detail: /100\.000000 may be .* 0\.000000 are left$/ }, 'of the tier as it is, not of the token, and of vips only while they pay')
  }
})

t.test('however many ask at once, the sum is never above the limit', async (t) => {
  const { fastify } = await buildWithProvider(t, NO_JOBS)
  const client = clientOf(fastify, await addHolder(fastify, 'user', { tier: 'free' }))
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.withdraw('300.000000')))
  t.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 3)
  t.ok(answers.every(({ statusCode, body }) => statusCode === 201 || body.includes('DAILY_LIMIT')), answers.map(({ statusCode }) => statusCode).join())
  t.equal(await client.balance(), '9100.000000')
  const { data } = (await client.get('/v1/withdrawals')).json<{ data: Array<{ id: string }> }>()
  t.equal(data.length, 3)
  for (const { id } of data) t.strictSame(await kindsOf(fastify, id), ['withdrawal'])
  t.strictSame(await differencesOf(fastify), [])
})
