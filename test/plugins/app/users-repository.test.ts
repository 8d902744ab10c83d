import t from 'tap'
import type { FastifyInstance } from 'fastify'
import { ObjectId, type CommandStartedEvent } from 'mongodb'
import indexes from '../../../plugins/app/indexes/index.ts'
import { createUserWrites } from '../../../plugins/app/users-repository/writes.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildRepositories } from '../../services.ts'
import { addPerson } from '../../people.ts'

const NOBODY = { password_hash: 'x', tier: 'free' as const, balance: 0, is_active: true, subscription_expires: null, referred_by: null, created_at: new Date(1e12) }

async function build (t: Parameters<typeof buildRepositories>[0], env: Environment = {}): Promise<FastifyInstance> {
  const fastify = await buildRepositories(t, env)
  await fastify.register(indexes)
  await fastify.ready()
  await fastify.indexes.ensure()
  return fastify
}

t.test('a new user gets a number of its own, and a username only once', async (t) => {
  const fastify = await build(t)
  const { usersRepository } = fastify
  const { user_id: userId } = await addPerson(fastify, 'someone')
  const user = await usersRepository.findById(userId)

  t.ok(userId >= 1e9, 'above the numbers of demo data')
  t.match(user, { _id: ObjectId, user_id: userId, username: 'someone', balance: 10_000_000_000, referred_by: null })
  t.strictSame(await usersRepository.findByUsername('someone'), user)
  await t.rejects(addPerson(fastify, 'someone'), { statusCode: 409, code: 'USERNAME_TAKEN' })
  t.equal(await usersRepository.findById(1), null)
  t.equal(await usersRepository.findByUsername('nobody'), null)
})

t.test('a number in use is drawn again', async (t) => {
  const fastify = await build(t)
  const { user_id: taken } = await addPerson(fastify, 'first')
  const draws = [taken, taken, 5]
  const { create } = createUserWrites(fastify, () => draws.shift() ?? 0)

  t.equal((await create({ ...NOBODY, username: 'second' })).user_id, 5)
  t.strictSame(draws, [])
})

t.test('changes return the user as it is then', async (t) => {
  const fastify = await build(t)
  const { usersRepository } = fastify
  const { user_id: userId } = await addPerson(fastify, 'before')
  await addPerson(fastify, 'other')

  t.match(await usersRepository.update(userId, { username: 'after', tier: 'vip' }), { user_id: userId, username: 'after', tier: 'vip' })
  t.equal(await usersRepository.update(2, { tier: 'vip' }), null)
  await t.rejects(usersRepository.update(userId, { username: 'other' }), { statusCode: 409, code: 'USERNAME_TAKEN' })
  t.match(await usersRepository.findById(userId), { username: 'after' })
})

t.test('a failure of the database is no duplicate', async (t) => {
  const fastify = await build(t)
  const { usersRepository } = fastify
  await fastify.close()

  await t.rejects(usersRepository.create({ ...NOBODY, username: 'nobody' }), { name: /^Mongo/ })
  await t.rejects(usersRepository.update(1, { tier: 'vip' }), { name: /^Mongo/ })
})

t.test('pages of users go from new to old and keep to a filter', async (t) => {
  const fastify = await build(t)
  const { usersRepository } = fastify
  for (const number of [1, 2, 3, 4, 5]) {
    await usersRepository.create({ ...NOBODY, username: `user-${number}`, is_active: number !== 3, created_at: new Date(number < 4 ? 1000 : 2000) })
  }

  const first = await usersRepository.list({ limit: 3 })
  t.strictSame(first.items.map(({ username }) => username), ['user-5', 'user-4', 'user-3'])
  const second = await usersRepository.list({ limit: 3, cursor: first.nextCursor ?? '' })
  t.strictSame(second.items.map(({ username }) => username), ['user-2', 'user-1'])
  t.equal(second.nextCursor, null)
  const active = await usersRepository.list({ limit: 9, is_active: true, fields: ['username'] })
  t.strictSame(active.items.map(({ username }) => username), ['user-5', 'user-4', 'user-2', 'user-1'])
  await t.rejects(usersRepository.list({ limit: 1, cursor: 'nonsense' }), { statusCode: 400, code: 'INVALID_CURSOR' })
})

t.test('only the asked fields, and what rules need, cross the wire', async (t) => {
  const fastify = await build(t)
  const { usersRepository } = fastify
  const { user_id: userId } = await addPerson(fastify, 'someone')
  const projections: unknown[] = []
  fastify.mongo.client.on('commandStarted', ({ command }: CommandStartedEvent) => projections.push((command as { projection?: unknown }).projection))

  t.strictSame(Object.keys(await usersRepository.findById(userId, ['username']) ?? {}).sort(), ['_id', 'user_id', 'username'])
  t.equal((await usersRepository.findByIds([userId, 7], ['tier'])).get(userId)?.tier, 'free')
  await usersRepository.list({ limit: 1, fields: ['balance'] })
  t.strictSame(projections, [{ user_id: 1, username: 1 }, { user_id: 1, tier: 1 }, { user_id: 1, created_at: 1, _id: 1, balance: 1 }])
})

t.test('statistics are counted and summed in one command, or in three without the optimization', async (t) => {
  const fastify = await build(t, { OPTIMIZATIONS_OFF: 'value-cache' })
  const without = await build(t, { OPTIMIZATIONS_OFF: 'value-cache,single-aggregation', MONGODB_URI: fastify.databaseAddress })
  const [rich, poor] = [await addPerson(fastify, 'rich'), await addPerson(fastify, 'poor')].map((person) => person.user_id)
  if (rich === undefined || poor === undefined) return
  await fastify.documents.collection('transactions').insertMany([1, 2, 3].map((amount) => ({ user_id: rich, amount })))
  await fastify.documents.collection('referral_earnings').insertMany([{ referrer_id: rich, amount: 7 }, { referrer_id: rich, amount: 5 }, { referrer_id: 99, amount: 1 }])
  let commands = 0
  for (const { mongo } of [fastify, without]) mongo.client.on('commandStarted', () => { commands++ })
  const expected = { user_id: rich, transaction_count: 3, total_referral_earnings: 12 }

  for (const [repository, perUser] of [[fastify.usersRepository, 1], [without.usersRepository, 3]] as const) {
    commands = 0
    t.strictSame({ ...await repository.stats(rich) }, expected)
    t.equal(commands, perUser)
    t.strictSame({ ...await repository.stats(poor) }, { user_id: poor, transaction_count: 0, total_referral_earnings: 0 })
    t.equal(await repository.stats(99), null, 'earnings alone make no user')
    commands = 0
    t.strictSame([...(await repository.statsByIds([rich, poor, 99])).keys()].sort(), [rich, poor].sort())
    t.equal(commands, perUser === 1 ? 1 : 9)
  }
})
