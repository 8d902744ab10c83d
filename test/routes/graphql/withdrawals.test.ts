import t from 'tap'
import { addHolder, ADDRESS, buildWithProvider } from '../../withdrawals.ts'

t.test('a withdrawal is made, seen and cancelled by GraphQL, once for each key', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const user = await addHolder(fastify, 'user')
  const ask = async (query: string, key?: string) => (await fastify.inject({ method: 'POST', url: '/graphql', headers: { ...user.headers, ...(key && { 'idempotency-key': key }) }, payload: { query } })).json<{ data: Record<string, { id: string, status: string }>, errors?: object[] }>()
  const create = `mutation { createWithdrawal(input: { amount: "25.000000", walletAddress: "${ADDRESS}", network: ERC20 }) { id amount status priority } }`
  t.match(await ask(create), { errors: [{ extensions: { code: 'IDEMPOTENCY_KEY_REQUIRED' } }] })
  const made = await ask(create, 'one')
  t.match(made.data.createWithdrawal, { amount: '25.000000', status: 'QUEUED', priority: 4 })
  t.strictSame(await ask(create, 'one'), made)

  const id = String(made.data.createWithdrawal?.id)
  t.match(await ask(`{ withdrawal(id: "${id}") { id walletAddress network reference } }`), { data: { withdrawal: { id, walletAddress: ADDRESS, network: 'ERC20', reference: null } } })
  t.match(await ask('{ me { balance withdrawals(first: 1) { edges { node { id } } pageInfo { hasNextPage } } } }'), { data: { me: { balance: '9975.000000', withdrawals: { edges: [{ node: { id } }], pageInfo: { hasNextPage: false } } } } })
  t.match(await ask(`mutation { cancelWithdrawal(id: "${id}") { status } }`, 'two'), { data: { cancelWithdrawal: { status: 'CANCELLED' } } })
  t.match(await ask(`mutation { cancelWithdrawal(id: "${id}") { status } }`, 'three'), { errors: [{ extensions: { code: 'WITHDRAWAL_STARTED' } }] })
  t.match(await ask('{ me { balance } }'), { data: { me: { balance: '10000.000000' } } })
})
