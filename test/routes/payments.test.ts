import t from 'tap'
import { applyAll, eventOf, providers, send } from '../callbacks.ts'
import { buildApp } from '../helper.ts'
import { addPeople } from '../people.ts'

interface Payments { edges: { node: { id: string } }[], pageInfo: { hasNextPage: boolean, endCursor: string } }

t.test('a payment that a provider tells of is in the balance, in the ledger and in the list of payments', async (t) => {
  const fastify = await buildApp(t, { env: providers })
  const { user, stranger, admin } = await addPeople(fastify)
  const read = async (url: string, headers: Record<string, string>) => (await fastify.inject({ url, headers })).json<object>()
  const event = eventOf({ id: 'evt_1', data: { user_id: user.user_id } })
  const answer = await send(fastify, event)
  t.equal(answer.statusCode, 202)
  t.strictSame(answer.json(), { id: 'acme.evt_1' })
  t.match(await read('/v1/admin/payment-events?status=received', admin.headers), { data: [{ id: 'acme.evt_1', reason: null }] })
  await applyAll(fastify)

  t.match(await read('/v1/users/me', user.headers), { balance: '10010.000000' })
  t.match(await read('/v1/transactions', user.headers), { data: [{ kind: 'deposit', amount: '10.000000', reference: 'payment acme.pay_1' }] })
  t.match(await read('/v1/payments', user.headers), { data: [{ id: 'acme.pay_1', provider: 'acme', user_id: user.user_id, amount: '10.000000', status: 'succeeded' }], next_cursor: null })
  t.strictSame(await read('/v1/payments', stranger.headers), { data: [], next_cursor: null })
  t.match(await read('/v1/admin/payment-events/acme.evt_1', admin.headers), {
    id: 'acme.evt_1', provider: 'acme', type: 'payment.succeeded', payment_id: 'acme.pay_1', user_id: user.user_id, amount: '10.000000', status: 'applied', reason: null, occurred_at: '2026-11-26T09:31:02.000Z'
  })
  t.match(await read('/v1/admin/payment-events/acme.evt_2', admin.headers), { status: 404 })
})

t.test('workers apply what is received, and jobs that they give up are for admins', async (t) => {
  const fastify = await buildApp(t, { env: { ...providers, JOBS_CONCURRENCY: 10 } })
  const { user } = await addPeople(fastify)
  const events = fastify.documents.collection('payment_events')
  const toldOf = (data: object) => send(fastify, eventOf({ data: { user_id: user.user_id, ...data } }))
  for (let n = 0; n < 20; n++) await toldOf({ payment_id: `pay_${n}` })
  await toldOf({ payment_id: 'pay_of_nobody', user_id: 7 })
  while (await events.countDocuments({ $or: [{ status: 'applied' }, { reason: 'NOT_FOUND' }] }) < 21) await new Promise(setImmediate)

  t.match((await fastify.inject({ url: '/v1/users/me', headers: user.headers })).json(), { balance: '10200.000000' })
  t.equal(await fastify.documents.collection('outbox').countDocuments({ kind: 'payment-event' }), 1)
})

t.test('payments are listed page by page, by REST and by GraphQL alike', async (t) => {
  const fastify = await buildApp(t, { env: providers })
  const { user, stranger, admin } = await addPeople(fastify)
  for (const id of ['pay_1', 'pay_2', 'pay_3']) await send(fastify, eventOf({ data: { payment_id: id, user_id: user.user_id } }))
  await send(fastify, eventOf({ type: 'payment.failed', data: { payment_id: 'pay_4', user_id: stranger.user_id } }))
  await applyAll(fastify)
  const list = async (query: string, headers: Record<string, string>) => (await fastify.inject({ url: `/v1/payments?${query}`, headers })).json<{ data: { id: string }[], next_cursor: string }>()
  const ask = async (query: string, headers: Record<string, string>) => (await fastify.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })).json<{ data: { me: { payments: Payments } } }>()

  const first = await list('limit=2', user.headers)
  t.equal(first.data.length, 2)
  const second = await list(`limit=2&cursor=${first.next_cursor}`, user.headers)
  t.strictSame([...first.data, ...second.data].map(({ id }) => id).sort(), ['acme.pay_1', 'acme.pay_2', 'acme.pay_3'])
  t.equal((await list('', admin.headers)).data.length, 4)
  t.equal((await list(`user_id=${user.user_id}`, admin.headers)).data.length, 3)
  t.match(await list(`user_id=${user.user_id}`, stranger.headers), { status: 404 })

  const fields = 'edges { node { id provider userId amount status createdAt updatedAt } } pageInfo { hasNextPage endCursor }'
  const page = await ask(`{ me { payments(first: 2) { ${fields} } } }`, user.headers)
  t.strictSame(page.data.me.payments.edges.map(({ node }) => node.id), first.data.map(({ id }) => id))
  const { hasNextPage, endCursor } = page.data.me.payments.pageInfo
  t.strictSame([hasNextPage, endCursor], [true, first.next_cursor])
  const next = await ask(`{ me { payments(first: 2, after: "${endCursor}") { ${fields} } } }`, user.headers)
  t.match(next.data.me.payments, { edges: [{ node: { id: second.data[0]?.id, status: 'SUCCEEDED', amount: '10.000000', provider: 'acme', userId: String(user.user_id) } }], pageInfo: { hasNextPage: false } })
  t.match(await ask(`{ user(userId: ${user.user_id}) { payments { ${fields} } } }`, stranger.headers), { errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  t.match(await ask('{ analysts { edges { node { user { payments { edges { cursor } } } } } } }', stranger.headers), { errors: [{ extensions: { code: 'FORBIDDEN' } }] })
})
