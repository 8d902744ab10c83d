import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople } from '../people.ts'

t.test('an admin corrects a balance: with an entry that the user sees, and an audit entry', async (t) => {
  const fastify = await buildApp(t)
  const { admin, user } = await addPeople(fastify)
  const adjust = async (amount: string, key: string) => await fastify.inject({
    method: 'POST', url: '/v1/admin/adjustments', headers: { ...admin.headers, 'idempotency-key': key }, payload: { user_id: user.user_id, amount, reason: 'Refund of ticket 4711' }
  })
  const me = async () => (await fastify.inject({ url: '/v1/users/me', headers: user.headers })).json<{ balance: string }>()
  t.equal((await me()).balance, '10000.000000')
  const made = await adjust('-0.500000', 'a')

  t.match(made.json(), { user_id: user.user_id, kind: 'adjustment', amount: '-0.500000', status: 'completed', reference: 'Refund of ticket 4711' })
  t.equal((await me()).balance, '9999.500000')
  const { data: [entry] } = (await fastify.inject({ url: '/v1/users/me/transactions', headers: user.headers })).json()
  t.strictSame(entry, made.json())
  const { data: [audited] } = (await fastify.inject({ url: '/v1/audit-log', headers: admin.headers })).json()
  t.match(audited, { action: 'adjustment', actor_id: admin.user_id, target: `user:${user.user_id}`, outcome: 'ok' })

  for (const [amount, code] of [['-99999.000000', 'INSUFFICIENT_BALANCE'], ['999999999.999999', 'BALANCE_LIMIT'], ['0.000000', 'INVALID_AMOUNT'], ['5', 'VALIDATION_FAILED'], ['1e3', 'VALIDATION_FAILED']] as const) {
    t.match((await adjust(amount, `key-${amount}`)).json(), { code }, amount)
  }
  t.equal((await me()).balance, '9999.500000')
  const { data: [refused] } = (await fastify.inject({ url: '/v1/audit-log', headers: admin.headers })).json()
  t.match(refused, { action: 'adjustment', outcome: 'refused' })
})
