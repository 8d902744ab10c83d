import type { CommandStartedEvent } from 'mongodb'
import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPerson, type Person } from '../people.ts'

interface Page {
  data: unknown[]
  next_cursor: string | null
  totals: object
}

t.test('a referrer sees whom, by number, and what came of it, page by page', async (t) => {
  const fastify = await buildApp(t)
  const referrer = await addPerson(fastify, 'referrer')
  const users: Person[] = []
  for (let n = 0; n < 3; n++) users.push(await addPerson(fastify, `user-${n}`, { referred_by: referrer.user_id, created_at: new Date(1e12 + n) }))
  const list = async (query = '', { headers } = referrer) => (await fastify.inject({ url: `/v1/users/me/referrals${query}`, headers }))
  t.match((await list()).json(), { totals: { referred_count: 3, total_earned: '0.000000', earned_this_month: '0.000000' } })
  for (const [i, user] of users.entries()) {
    if (i > 0) await fastify.inject({ method: 'POST', url: '/v1/subscriptions', headers: { ...user.headers, 'idempotency-key': 'key' }, payload: { plan: 'vip', months: i } })
  }

  const commands: string[] = []
  const collect = ({ command }: CommandStartedEvent) => { commands.push(['find', 'aggregate'].filter((name) => name in command).map((name) => `${name} ${command[name]}`).join()) }
  fastify.mongo.client.on('commandStarted', collect)
  const response = await list('?limit=2')
  fastify.mongo.client.off('commandStarted', collect)
  t.strictSame(commands.sort(), ['aggregate referral_earnings', 'aggregate users', 'find users'], 'the totals are one, however many there are')

  const { data, next_cursor: cursor, totals } = response.json<Page>()
  t.strictSame(data, [[2, '5.800000'], [1, '2.900000']].map(([i, earned]) => ({ user_id: users[Number(i)]?.user_id, created_at: new Date(1e12 + Number(i)).toISOString(), earned })))
  t.strictSame(totals, { referred_count: 3, total_earned: '8.700000', earned_this_month: '8.700000' })
  t.match(response.headers.link, /cursor=/)
  t.match((await list(`?limit=2&cursor=${cursor}`)).json(), { data: [{ user_id: users[0]?.user_id, earned: '0.000000' }], next_cursor: null, totals })
  t.strictSame((await list('', users[0])).json(), { data: [], next_cursor: null, totals: { referred_count: 0, total_earned: '0.000000', earned_this_month: '0.000000' } }, 'and nobody sees those of others')
  t.match((await list('?cursor=WyJ1c2VycyIsMV0')).json(), { code: 'INVALID_CURSOR' })
})
