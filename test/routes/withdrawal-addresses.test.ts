import t, { type Test } from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople } from '../people.ts'

const TRC20 = { network: 'TRC20', address: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t', label: 'hot' }
const URL = '/v1/withdrawal-addresses'

async function build (test: Test) {
  const fastify = await buildApp(test)
  const { user, stranger, admin } = await addPeople(fastify)
  const ask = async (query: string, headers: Record<string, string>) =>
    (await fastify.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })).json<{ data: Record<string, Record<string, unknown>> | null, errors?: { extensions: { code: string } }[] }>()
  return { fastify, user, stranger, admin, ask }
}

t.test('an address is added, listed and removed by REST', async (t) => {
  const { fastify, user: { headers }, stranger } = await build(t)
  const added = await fastify.inject({ method: 'POST', url: URL, headers, payload: TRC20 })
  t.equal(added.statusCode, 201)
  const address = added.json<{ id: string, usable_at: string, created_at: string }>()
  t.match(address, TRC20)
  t.equal(Date.parse(address.usable_at) - Date.parse(address.created_at), 86_400_000, 'a day later by default')

  t.strictSame((await fastify.inject({ url: URL, headers })).json(), { data: [address], next_cursor: null })
  t.strictSame((await fastify.inject({ url: URL, headers: stranger.headers })).json(), { data: [], next_cursor: null })
  t.match((await fastify.inject({ method: 'POST', url: URL, headers, payload: TRC20 })).json(), { status: 409, code: 'ADDRESS_EXISTS' })
  t.equal((await fastify.inject({ method: 'DELETE', url: `${URL}/${address.id}`, headers: stranger.headers })).statusCode, 404)
  t.equal((await fastify.inject({ method: 'DELETE', url: `${URL}/${address.id}`, headers })).statusCode, 204)
  t.equal((await fastify.inject({ method: 'DELETE', url: `${URL}/${address.id}`, headers })).statusCode, 404)
})

t.test('what is malformed is refused before anything is looked at', async (t) => {
  const { fastify, user: { headers } } = await build(t)
  const { label, ...unlabelled } = TRC20
  for (const payload of [unlabelled, { ...TRC20, network: 'BEP20' }, { ...TRC20, address: '' }, { ...TRC20, address: 'T'.repeat(65) }, { ...TRC20, address: { $ne: '' } }, { ...TRC20, usable_at: '2020-01-01T00:00:00Z' }]) {
    t.match((await fastify.inject({ method: 'POST', url: URL, headers, payload })).json(), { status: 400, code: 'VALIDATION_FAILED' }, JSON.stringify(payload))
  }
  t.match((await fastify.inject({ method: 'POST', url: URL, headers, payload: { ...TRC20, label, address: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T' } })).json(), { status: 422, code: 'ADDRESS_CHECKSUM' })
})

t.test('an API key may read addresses, and neither add nor remove any', async (t) => {
  const { fastify, user } = await build(t)
  const { id } = (await fastify.inject({ method: 'POST', url: URL, headers: user.headers, payload: TRC20 })).json<{ id: string }>()
  const { key } = await fastify.apiKeys.create(user.caller, { name: 'bot', scope: 'trade' })
  const headers = { 'x-api-key': key }

  t.match((await fastify.inject({ url: URL, headers })).json(), { data: [{ id }] })
  t.match((await fastify.inject({ method: 'POST', url: URL, headers, payload: TRC20 })).json(), { status: 403, code: 'INSUFFICIENT_SCOPE' })
  t.match((await fastify.inject({ method: 'DELETE', url: `${URL}/${id}`, headers })).json(), { status: 403, code: 'INSUFFICIENT_SCOPE' })
})

t.test('GraphQL does the same behind the same rules', async (t) => {
  const { user, stranger, admin, ask } = await build(t)
  const { data } = await ask(`mutation { addWithdrawalAddress(input: { network: TRC20, address: "${TRC20.address}", label: "hot" }) { id network usableAt } }`, user.headers)
  const { id } = data?.addWithdrawalAddress as { id: string }
  t.match(data, { addWithdrawalAddress: { network: 'TRC20', usableAt: /Z$/ } })
  const mine = '{ me { withdrawalAddresses { id address label network createdAt } } }'
  t.match(await ask(mine, user.headers), { data: { me: { withdrawalAddresses: [{ id, ...TRC20 }] } } })
  t.match(await ask(mine, stranger.headers), { data: { me: { withdrawalAddresses: [] } } })

  const theirs = `{ user(userId: "${user.user_id}") { userId withdrawalAddresses { id } } }`
  t.match(await ask(theirs, admin.headers), { data: { user: { withdrawalAddresses: null } }, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  const remove = `mutation { removeWithdrawalAddress(id: "${id}") }`
  t.match(await ask(remove, stranger.headers), { errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  t.match(await ask(remove, user.headers), { data: { removeWithdrawalAddress: id } })
  t.match(await ask(mine, user.headers), { data: { me: { withdrawalAddresses: [] } } })
})

t.test('each demo user has an address that is ready for withdrawals', async (t) => {
  const fastify = await buildApp(t)
  await fastify.demoData.seed({ users: 4 })
  for (const userId of [1, 2, 3, 4]) {
    const [address] = await fastify.withdrawalAddresses.list(userId)
    t.ok(address)
    if (!address) continue
    t.ok(await fastify.withdrawalAddresses.requireUsable(userId, address.network, address.address))
    const caller = { user_id: 99, tier: 'free' as const, analyst_id: null, subscription_expires: null, session_id: '' }
    t.match(await fastify.withdrawalAddresses.create(caller, { network: address.network, address: address.address, label: 'copy' }), { label: 'copy' }, 'its checksum is good')
  }
})
