import type { FastifyInstance } from 'fastify'
import type { CommandStartedEvent } from 'mongodb'
import t from 'tap'
import indexes from '../../../plugins/app/indexes/index.ts'
import { buildRepositories } from '../../services.ts'

async function build (t: Parameters<typeof buildRepositories>[0]): Promise<FastifyInstance> {
  const fastify = await buildRepositories(t)
  await fastify.register(indexes)
  await fastify.ready()
  await fastify.indexes.ensure()
  return fastify
}

const analyst = (userId: number, rank: number, isActive = true) => ({ user_id: userId, name: `analyst ${userId}`, bio: '', rank, is_active: isActive })
const MISSING = 'f'.repeat(24)

t.test('a user is at most one analyst', async (t) => {
  const { analystsRepository } = await build(t)
  const created = await analystsRepository.create(analyst(1, 10))
  const id = created._id.toHexString()

  await t.rejects(analystsRepository.create(analyst(1, 20)), { statusCode: 409, code: 'ANALYST_EXISTS' })
  t.strictSame(await analystsRepository.findById(id), created)
  t.strictSame(await analystsRepository.findByUserId(1), created)
  t.equal(await analystsRepository.findByUserId(2), null)
  t.match(await analystsRepository.update(id, { rank: 30 }), { ...created, rank: 30 })
})

t.test('of many at once one makes the user an analyst', async (t) => {
  const { analystsRepository } = await build(t)
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, rank) => analystsRepository.create(analyst(1, rank))))
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes) if (outcome.status === 'rejected') t.match(outcome.reason, { code: 'ANALYST_EXISTS' })
})

t.test('an identifier that is wrong or unknown finds nothing', async (t) => {
  const { analystsRepository } = await build(t)
  const { _id } = await analystsRepository.create(analyst(1, 10))

  for (const id of [MISSING, 'nonsense']) {
    t.equal(await analystsRepository.findById(id), null)
    t.equal(await analystsRepository.update(id, { rank: 1 }), null)
  }
  t.strictSame([...(await analystsRepository.findByIds([_id.toHexString(), MISSING, 'nonsense'])).keys()], [_id.toHexString()])
})

t.test('analysts are listed by rank or age, and the best are the active ones', async (t) => {
  const { analystsRepository } = await build(t)
  for (const [userId, rank, isActive] of [[1, 10, true], [2, 30, false], [3, 20, true], [4, 20, true]] as const) {
    await analystsRepository.create(analyst(userId, rank, isActive))
  }
  const usersOf = (items: readonly { user_id: number }[]) => items.map(({ user_id: userId }) => userId)

  const first = await analystsRepository.list({ sort: 'rank', limit: 2 })
  t.strictSame(usersOf(first.items), [2, 4])
  t.strictSame(usersOf((await analystsRepository.list({ sort: 'rank', limit: 2, cursor: first.nextCursor ?? '' })).items), [3, 1])
  t.strictSame(usersOf((await analystsRepository.list({ sort: '-created_at', limit: 9 })).items), [4, 3, 2, 1])
  t.strictSame(usersOf((await analystsRepository.list({ sort: 'rank', active: true, limit: 9 })).items), [4, 3, 1])
  t.strictSame(usersOf((await analystsRepository.list({ sort: '-created_at', active: false, limit: 9 })).items), [2])
  t.strictSame(usersOf(await analystsRepository.top(2)), [4, 3])
  await analystsRepository.refreshTop()
  t.strictSame(usersOf(await analystsRepository.top(3)), [4, 3, 1])
  await t.rejects(analystsRepository.list({ sort: '-created_at', limit: 2, cursor: first.nextCursor ?? '' }), { code: 'INVALID_CURSOR' }, 'a cursor of the other order')
})

t.test('only the asked fields, and what rules and cursors need, cross the wire', async (t) => {
  const { analystsRepository, mongo: { client } } = await build(t)
  const { _id } = await analystsRepository.create(analyst(1, 10))
  const projections: unknown[] = []
  client.on('commandStarted', ({ command }: CommandStartedEvent) => projections.push((command as { projection?: unknown }).projection))

  await analystsRepository.findByIds([_id.toHexString()], ['bio'])
  await analystsRepository.list({ sort: 'rank', limit: 1, fields: ['name'] })
  t.strictSame(projections, [
    { user_id: 1, bio: 1 },
    { user_id: 1, rank: 1, created_at: 1, _id: 1, name: 1 }
  ])
})

t.test('a failure of the database is no duplicate', async (t) => {
  const fastify = await build(t)
  await fastify.close()
  await t.rejects(fastify.analystsRepository.create(analyst(1, 10)), { name: /^Mongo/ })
})
