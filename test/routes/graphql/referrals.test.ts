import t, { type Test } from 'tap'
import { addPerson, type Person } from '../../people.ts'
import { buildGraphql, readsOf, type Connection } from './client.ts'

type Referrals = Connection<{ userId: string, createdAt: string, earned: string }> & { totals: object }
const PAGE = 'edges { cursor node { userId createdAt earned } } pageInfo { hasNextPage endCursor } totals { referredCount totalEarned earnedThisMonth }'

async function build (t: Test) {
  const { fastify, ask } = await buildGraphql(t)
  const people: Person[] = [await addPerson(fastify, 'root')]
  // each referred the two after twice its number
  for (let n = 1; n < 7; n++) people.push(await addPerson(fastify, `user-${n}`, { referred_by: people[Math.ceil(n / 2) - 1]?.user_id ?? null, created_at: new Date(1e12 + n) }))
  // the last one pays nothing
  for (const { caller } of people.slice(0, -1)) await fastify.subscriptions.buy(caller, { plan: 'vip', months: 1 }, fastify.ledger.transact)
  return { fastify, ask, people: people as [Person, Person, Person] }
}

t.test('a user reads whom they referred, with totals, page by page', async (t) => {
  const { ask, people: [root, first, second] } = await build(t)
  const page = async (after?: string) => (await ask<{ me: { referrals: Referrals } }>(`query ($after: String) { me { referrals(first: 1, after: $after) { ${PAGE} } } }`, { headers: root.headers, variables: { after } })).data?.me.referrals
  const totals = { referredCount: 2, totalEarned: '5.800000', earnedThisMonth: '5.800000' }
  const one = await page()

  t.match(one, { edges: [{ node: { userId: String(second.user_id), createdAt: new Date(1e12 + 2).toISOString(), earned: '2.900000' } }], pageInfo: { hasNextPage: true }, totals })
  t.match(await page(one?.pageInfo.endCursor ?? ''), { edges: [{ node: { userId: String(first.user_id) } }], pageInfo: { hasNextPage: false }, totals })
})

t.test('others see them as little as balances, admins do', async (t) => {
  const { fastify, ask, people: [root, first] } = await build(t)
  const admin = await addPerson(fastify, 'admin', { tier: 'admin' })
  const query = `{ user(userId: ${root.user_id}) { referrals { ${PAGE} } } }`
  t.match(await ask(query, { headers: admin.headers }), { data: { user: { referrals: { edges: { length: 2 } } } }, errors: undefined })
  t.match(await ask('{ me { referrer { userId referrals { edges { cursor } } } } }', { headers: first.headers }), { data: { me: { referrer: { userId: String(root.user_id), referrals: null } } }, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
})

t.test('each kind of link is one command, however many users there are', async (t) => {
  const { fastify, ask } = await build(t)
  const admin = await addPerson(fastify, 'admin', { tier: 'admin' })
  const commands = await readsOf(fastify, async () => {
    const { data, errors } = await ask<{ users: Connection<{ referrals: Referrals }> }>(`{ users { edges { node { username referrals(first: 5) { ${PAGE} } } } } }`, { headers: admin.headers })
    t.equal(errors, undefined)
    t.strictSame(data?.users.edges.map(({ node: { referrals } }) => referrals.edges.length).sort(), [0, 0, 0, 0, 0, 2, 2, 2])
    t.match(data?.users.edges.find(({ node }) => node.referrals.edges.length === 0)?.node.referrals, { totals: { referredCount: 0, totalEarned: '0.000000' } })
  })

  t.strictSame(commands.map(({ find, aggregate }) => String(find ?? aggregate)).sort(), ['referral_earnings', 'users', 'users', 'users'])
})
