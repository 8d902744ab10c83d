import t from 'tap'
import { addPeople, addPerson } from '../../people.ts'
import { buildGraphql, type Answer } from './client.ts'

const SUBSCRIBE = 'mutation ($input: CreateSubscriptionInput!) { createSubscription(input: $input) { transactionId plan months amount subscriptionExpires user { tier balance subscriptionExpires } } }'
const code = ({ errors }: Answer<unknown>) => errors?.[0]?.extensions.code

t.test('plans are the same for everybody', async (t) => {
  const { ask } = await buildGraphql(t)
  for (let n = 0; n < 2; n++) t.strictSame(await ask('{ subscriptionPlans { plan monthlyPrice } }'), { data: { subscriptionPlans: [{ plan: 'VIP', monthlyPrice: '29.000000' }] } })
})

t.test('a user subscribes once by a key, and sees what has become of it', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { user } = await addPeople(fastify)
  const poor = await addPerson(fastify, 'poor', { balance: 0 })
  const subscribe = (input: object, key: string, { headers } = user) => ask<{ createSubscription: { subscriptionExpires: string } }>(SUBSCRIBE, { variables: { input }, headers: { ...headers, 'idempotency-key': key } })
  const first = await subscribe({ plan: 'VIP', months: 2 }, 'key')

  t.match(first.data?.createSubscription, { plan: 'VIP', months: 2, amount: '58.000000', user: { tier: 'VIP', balance: '9942.000000', subscriptionExpires: first.data?.createSubscription.subscriptionExpires } })
  t.strictSame(await subscribe({ months: 2, plan: 'VIP' }, 'key'), first)
  t.equal(code(await subscribe({ plan: 'VIP', months: 1 }, 'key')), 'IDEMPOTENCY_KEY_REUSED')
  t.equal(code(await subscribe({ plan: 'VIP', months: 25 }, 'other')), 'VALIDATION_FAILED')
  t.equal(code(await subscribe({ plan: 'GOLD', months: 1 }, 'other')), 'BAD_USER_INPUT')
  t.equal(code(await subscribe({ plan: 'VIP', months: 1 }, 'other', poor)), 'INSUFFICIENT_BALANCE')
  t.equal(code(await ask(SUBSCRIBE, { variables: { input: { plan: 'VIP', months: 1 } }, headers: user.headers })), 'IDEMPOTENCY_KEY_REQUIRED')
  t.equal((await fastify.usersRepository.findById(user.user_id))?.balance, 9_942_000_000)
})
