import type { FastifyInstance } from 'fastify'
import { ObjectId } from 'mongodb'
import t, { type Test } from 'tap'
import referralsRepository from '../../../plugins/app/referrals-repository.ts'
import { addPerson } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

const startOfMonth = () => Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth())

interface Earning {
  from: number
  amount: number
  time?: number
}

/** Two referrers, with three and one user of theirs, and one who referred nobody. */
async function build (t: Test) {
  const fastify = await buildRepositories(t)
  await fastify.register(referralsRepository)
  await fastify.ready()
  const [first, second, nobody] = [await addPerson(fastify, 'first'), await addPerson(fastify, 'second'), await addPerson(fastify, 'nobody')].map(({ user_id: id }) => id) as [number, number, number]
  const referred: number[] = []
  for (const [i, referrer] of [first, first, first, second].entries()) {
    referred.push((await addPerson(fastify, `referred-${i}`, { referred_by: referrer, created_at: new Date(1e12 + i) })).user_id)
  }
  return { fastify, first, second, nobody, referred: referred as [number, number, number, number] }
}

async function earn ({ documents }: FastifyInstance, referrer: number, earnings: Earning[]): Promise<void> {
  await documents.collection('referral_earnings').insertMany(earnings.map(({ from, amount, time = Date.now() }) =>
    ({ referrer_id: referrer, referred_id: from, transaction_id: new ObjectId(), amount, created_at: new Date(time) })))
}

t.test('whom a user referred, newest first, page by page', async (t) => {
  const { fastify: { referralsRepository: repository }, first, nobody, referred } = await build(t)
  const page = await repository.list({ referrer_id: first, limit: 2 })
  t.strictSame(page.items, [2, 1].map((i) => ({ _id: page.items[2 - i]?._id, user_id: referred[i], referred_by: first, created_at: new Date(1e12 + i) })), 'with nothing else of them')
  const rest = await repository.list({ referrer_id: first, limit: 2, cursor: String(page.nextCursor) })

  t.strictSame(rest.items.map(({ user_id: id }) => id), [referred[0]])
  t.equal(rest.nextCursor, null)
  t.strictSame((await repository.list({ referrer_id: nobody, limit: 2 })).items, [])
  await t.rejects(repository.list({ referrer_id: first, limit: 2, cursor: 'WyJ1c2VycyIsMV0' }), { code: 'INVALID_CURSOR' })
})

t.test('the first pages of many', async (t) => {
  const { fastify: { referralsRepository: repository }, first, second, nobody, referred } = await build(t)
  const pages = await repository.pagesForReferrers([first, second, nobody], { limit: 2 })

  t.strictSame([first, second, nobody].map((id) => pages.get(id)?.items.map(({ user_id: user }) => user)), [[referred[2], referred[1]], [referred[3]], []])
  t.type(pages.get(first)?.nextCursor, 'string')
  t.equal(pages.get(second)?.nextCursor, null)
})

t.test('totals count users and sum earnings, of one referrer or of many', async (t) => {
  const { fastify, first, second, nobody, referred } = await build(t)
  await earn(fastify, first, [{ from: referred[0], amount: 5 }, { from: referred[0], amount: 7, time: startOfMonth() }, { from: referred[1], amount: 100, time: startOfMonth() - 1 }])
  await earn(fastify, nobody, [{ from: 4711, amount: 3 }])
  const { referralsRepository: repository } = fastify
  const expected = [
    [first, { referred_count: 3, total_earned: 112, earned_this_month: 12 }],
    [second, { referred_count: 1, total_earned: 0, earned_this_month: 0 }],
    [nobody, { referred_count: 0, total_earned: 3, earned_this_month: 3 }]
  ] as const

  const all = await repository.totals([first, second, nobody, 4711])
  t.equal(all.size, 3)
  for (const [id, totals] of expected) {
    t.strictSame({ ...all.get(id) }, totals)
    t.strictSame({ ...(await repository.totals([id])).get(id) }, totals)
  }
  t.equal((await repository.totals([4711])).size, 0)
})

t.test('what was earned by each is that of the pair', async (t) => {
  const { fastify, first, second, referred } = await build(t)
  await earn(fastify, first, [{ from: referred[0], amount: 5 }, { from: referred[0], amount: 7 }, { from: referred[3], amount: 11 }])
  await earn(fastify, second, [{ from: referred[3], amount: 1 }])
  const { referralsRepository: { earned, keyOf } } = fastify
  const keys = [[first, referred[0]], [first, referred[1]], [second, referred[3]]].map(([referrer = 0, user = 0]) => keyOf({ referred_by: referrer, user_id: user }))
  const sums = await earned(keys)

  t.strictSame(keys.map((key) => sums.get(key)), [12, undefined, 1])
  t.equal((await earned([])).size, 0)
})
