import { ObjectId, type CommandStartedEvent } from 'mongodb'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import access from '../../../plugins/app/access/index.ts'
import { addAnalyst, addPeople, addPerson } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

async function build (test: Test): Promise<FastifyInstance> {
  const fastify = await buildRepositories(test)
  await fastify.register(access)
  await fastify.ready()
  return fastify
}

/** Names of the database commands that `run` makes. */
async function commandsOf (fastify: FastifyInstance, run: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = []
  const note = ({ commandName }: CommandStartedEvent) => { names.push(commandName) }
  fastify.mongo.client.on('commandStarted', note)
  await run()
  fastify.mongo.client.off('commandStarted', note)
  return names
}

const active = (analystId: string) => ({ status: 'active' as const, analyst_id: new ObjectId(analystId), entry: '1' })

t.test('users read themselves, admins everybody; for others a user does not exist', async (t) => {
  const { access } = await build(t)
  const user = { user_id: 7, tier: 'free' as const, analyst_id: null, subscription_expires: null, session_id: '' }
  const admin = { ...user, user_id: 8, tier: 'admin' as const }

  t.ok(access.mayReadUser(user, 7))
  t.notOk(access.mayReadUser(user, 8))
  t.ok(access.mayReadUser(admin, 7))
  t.notOk(access.mayListUsers(user))
  t.ok(access.mayListUsers(admin))
  t.doesNotThrow(() => access.requireReadUser(user, 7))
  t.throws(() => access.requireReadUser(user, 8), { statusCode: 404, name: 'NotFoundError' })
  t.throws(() => access.requireAdmin(user), { statusCode: 403, name: 'ForbiddenError' })
  t.doesNotThrow(() => access.requireAdmin(admin))
  t.throws(() => access.requireCaller(null), { statusCode: 401, name: 'UnauthorizedError' })
  t.equal(access.requireCaller(user), user)
})

t.test('transactions are the own ones, or any for admins', async (t) => {
  const { access } = await build(t)
  const user = { user_id: 7, tier: 'vip' as const, analyst_id: null, subscription_expires: null, session_id: '' }
  const admin = { ...user, tier: 'admin' as const }

  t.equal(access.transactionsOwner(user, undefined), 7)
  t.equal(access.transactionsOwner(user, 7), 7)
  t.throws(() => access.transactionsOwner(user, 8), { statusCode: 404, name: 'NotFoundError' })
  t.equal(access.transactionsOwner(admin, undefined), undefined)
  t.equal(access.transactionsOwner(admin, 8), 8)
})

t.test('active signals are seen by subscribers, their analyst and admins; closed ones by everyone', async (t) => {
  const fastify = await build(t)
  const { user, subscriber, lapsed, analyst, rival, admin } = await addPeople(fastify)
  const signal = active(analyst.analyst_id)
  const expected = [[null, false], [user, false], [lapsed, false], [rival, false], [subscriber, true], [analyst, true], [admin, true]] as const

  for (const [person, sees] of expected) {
    const viewer = await fastify.access.signalViewer(person?.caller ?? null, [signal])
    t.equal(viewer.sees(signal), sees)
    t.equal(viewer.hides(signal), !sees)
    for (const status of ['hit', 'stopped', 'cancelled'] as const) t.ok(viewer.sees({ ...signal, status }))
    t.equal(viewer.sees({}), person === subscriber || person === admin, 'what is not known to be closed counts as active')
  }
})

t.test('what was bought or granted since the sign-in counts at once', async (t) => {
  const fastify = await build(t)
  const buyer = await addPerson(fastify, 'buyer', { subscription_expires: new Date(Date.now() + 60_000) })
  const appointed = await addAnalyst(fastify, 'appointed')
  const closed = await addPerson(fastify, 'closed', { subscription_expires: new Date(Date.now() + 60_000), is_active: false })
  const signal = active(appointed.analyst_id)
  const sees = async (caller: typeof buyer.caller) => (await fastify.access.signalViewer(caller, [signal])).sees(signal)

  t.ok(await sees({ ...buyer.caller, subscription_expires: null }))
  t.ok(await sees({ ...appointed.caller, tier: 'free', analyst_id: null }))
  t.notOk(await sees({ ...closed.caller, subscription_expires: null }), 'closed accounts get nothing new')
  t.notOk(await sees({ ...buyer.caller, user_id: 1, subscription_expires: null }), 'nor do those that are gone')
})

t.test('the database is asked once per request, and only if something would be hidden', async (t) => {
  const fastify = await build(t)
  const { user, subscriber, analyst } = await addPeople(fastify)
  const signal = active(analyst.analyst_id)
  const { access } = fastify

  t.strictSame(await commandsOf(fastify, async () => {
    await access.signalViewer(null, [signal])
    await access.signalViewer(subscriber.caller, [signal])
    await access.signalViewer(analyst.caller, [signal])
    await access.signalViewer(user.caller, [{ ...signal, status: 'hit' }])
    await access.signalViewer(user.caller, [{ status: 'active', analyst_id: signal.analyst_id }])
    await access.signalViewer(user.caller, [])
  }), [], 'no need to ask')
  t.strictSame(await commandsOf(fastify, async () => {
    await Promise.all([1, 2, 3].map(() => access.signalViewer(user.caller, [signal])))
  }), ['find'])
  for (const field of [{ targets: ['1'] }, { stop_loss: '1' }]) {
    const secret = { status: 'active' as const, analyst_id: signal.analyst_id, ...field }
    t.strictSame(await commandsOf(fastify, () => access.signalViewer({ ...user.caller }, [secret])), ['find'])
  }
})

t.test('an analyst must be one now', async (t) => {
  const fastify = await build(t)
  const { user, analyst } = await addPeople(fastify)
  const retired = await addAnalyst(fastify, 'retired', { is_active: false })

  t.equal(await fastify.access.requireAnalyst(analyst.caller), analyst.analyst_id)
  await t.rejects(fastify.access.requireAnalyst(user.caller), { statusCode: 403, name: 'ForbiddenError' })
  await t.rejects(fastify.access.requireAnalyst(retired.caller), { statusCode: 403, name: 'ForbiddenError' })
})
