import t, { type Test } from 'tap'
import { BUY } from '../people.ts'
import { json, listen } from './helper.ts'

/** A server with a user's things, a stranger who wants them, and a rival analyst. */
async function attacked (t: Test) {
  const { fastify, origin, people } = await listen(t)
  const signal = await fastify.signals.create(people.analyst.caller, BUY)
  const send = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${origin}${path}`, init)
    return { status: response.status, text: await response.text() }
  }
  const ask = async (query: string, headers: Record<string, string>) => (await send('/graphql', json({ query }, headers))).text
  return { fastify, people, signal, send, ask }
}

t.test('numbers of others open neither profile nor ledger, in no spelling', async (t) => {
  const { people: { user, stranger }, send } = await attacked(t)
  const id = user.user_id
  for (const part of ['', '/stats', '/transactions']) {
    for (const spelling of [`${id}`, `0${id}`, `+${id}`, `${id}.0`, `${id}e0`, `%3${String(id)[0]}${String(id).slice(1)}`, `${id}%00`, `${stranger.user_id},${id}`]) {
      const { status, text } = await send(`/v1/users/${spelling}${part}`, { headers: stranger.headers })
      t.ok(status === 404 || status === 400, `${spelling}${part}: ${status}`)
      t.notMatch(text, /balance|"amount"|transaction_count/)
    }
  }
})

t.test('a second number in query, body or header changes nothing', async (t) => {
  const { people: { user, stranger }, send } = await attacked(t)
  const own = await send('/v1/users/me', { headers: stranger.headers })
  t.equal((await send('/v1/users/me', { headers: { ...stranger.headers, 'x-user-id': String(user.user_id), 'x-forwarded-user': 'admin' } })).text, own.text)
  for (const query of [`user_id=${user.user_id}`, 'user_id[$ne]=0']) {
    const { status, text } = await send(`/v1/users/me/transactions?${query}`, { headers: stranger.headers })
    t.ok(status === 400 || status === 404, `${query}: ${status}`)
    t.notMatch(text, /"amount"/)
  }
  for (const body of [{ user_id: user.user_id }, { tier: 'admin' }, { balance: '1.000000' }]) {
    t.equal((await send('/v1/users/me', json(body, stranger.headers, 'PATCH'))).status, 400)
  }
})

t.test('signals of another analyst cannot be changed, with the right tag or without', async (t) => {
  const { fastify, people: { rival, user, subscriber }, signal, send } = await attacked(t)
  for (const { headers } of [rival, user, subscriber]) {
    for (const tag of ['"1"', '*']) {
      const { status } = await send(`/v1/signals/${signal.id}`, json({ status: 'cancelled' }, { ...headers, 'if-match': tag }, 'PATCH'))
      t.ok(status === 403 || status === 404, String(status))
    }
  }
  const [stored] = await fastify.documents.collection('trade_signals').find().toArray()
  t.equal(stored?.status, 'active')
})

t.test('keys of others can be neither seen nor revoked', async (t) => {
  const { people: { user, stranger }, send } = await attacked(t)
  const made = JSON.parse((await send('/v1/api-keys', json({ name: 'mine', scope: 'read' }, user.headers))).text) as { id: string, key: string }
  t.equal((await send(`/v1/api-keys/${made.id}`, { method: 'DELETE', headers: stranger.headers })).status, 404)
  t.notMatch((await send('/v1/api-keys', { headers: stranger.headers })).text, made.id)
  t.equal((await send('/v1/users/me', { headers: { 'x-api-key': made.key } })).status, 200, 'it still opens its owner’s')
})

t.test('GraphQL gives no more than REST: by argument, by alias, by the way through other objects', async (t) => {
  const { people: { user, stranger }, ask } = await attacked(t)
  const queries = [
    `{ user(userId: "${user.user_id}") { balance transactions { edges { node { amount } } } } }`,
    `{ user(userId: "${user.user_id}") { referrals { totals { totalEarned } edges { node { earned } } } } }`,
    `{ mine: me { userId } theirs: user(userId: ${user.user_id}) { balance } }`,
    '{ users { edges { node { balance } } } }',
    '{ analysts { edges { node { user { balance transactions { edges { node { amount } } } } } } } }',
    '{ signals { edges { node { entry targets stopLoss } } } }'
  ]
  for (const query of queries) t.notMatch(await ask(query, stranger.headers), /\d+\.\d{6}|60000|59000|61000/, query)
})
