import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import access from '../../../../plugins/app/access/index.ts'
import signals from '../../../../plugins/app/signals/index.ts'
import { addAnalyst, addPeople, BUY } from '../../../people.ts'
import { buildRepositories } from '../../../services.ts'

async function build (test: Test): Promise<FastifyInstance> {
  const fastify = await buildRepositories(test)
  await fastify.register(access)
  await fastify.register(signals)
  await fastify.ready()
  return fastify
}

t.test('an active analyst publishes a signal; others may not', async (t) => {
  const fastify = await build(t)
  const { user, admin, analyst } = await addPeople(fastify)
  const retired = await addAnalyst(fastify, 'retired', { is_active: false })

  t.match(await fastify.signals.create(analyst.caller, BUY), { ...BUY, analyst_id: analyst.analyst_id, status: 'active', version: 1, closed_at: null })
  for (const { caller } of [user, admin, retired]) {
    await t.rejects(fastify.signals.create(caller, BUY), { statusCode: 403, name: 'ForbiddenError' })
  }
  await t.rejects(fastify.signals.create(analyst.caller, { ...BUY, stop_loss: '61000' }), { statusCode: 422, code: 'INVALID_PRICES' })
})

t.test('a signal is changed by its analyst, on the version that was read', async (t) => {
  const fastify = await build(t)
  const { user, analyst, rival, admin } = await addPeople(fastify)
  const { id } = await fastify.signals.create(analyst.caller, BUY)
  const update = fastify.signals.update

  t.match(await update(analyst.caller, id, 1, { stop_loss: '59500' }), { version: 2, stop_loss: '59500' })
  await t.rejects(update(analyst.caller, id, 1, { stop_loss: '59600' }), { statusCode: 412, name: 'PreconditionFailedError' })
  t.match(await update(analyst.caller, id, [1, 2], { stop_loss: '59600' }), { version: 3 })
  t.match(await update(analyst.caller, id, null, { targets: ['63000'] }), { version: 4, targets: ['63000'] })
  await t.rejects(update(analyst.caller, id, [], { stop_loss: '1' }), { statusCode: 412, name: 'PreconditionFailedError' })
  await t.rejects(update(analyst.caller, id, null, { stop_loss: '60000' }), { statusCode: 422, code: 'INVALID_PRICES' })
  for (const { caller } of [user, rival, admin]) await t.rejects(update(caller, id, 4, { status: 'hit' }), { statusCode: 403, name: 'ForbiddenError' })
  await t.rejects(update(analyst.caller, 'f'.repeat(24), null, { status: 'hit' }), { statusCode: 404, name: 'NotFoundError' })
})

t.test('a closed signal stays as it is', async (t) => {
  const fastify = await build(t)
  const { analyst } = await addPeople(fastify)
  const { id } = await fastify.signals.create(analyst.caller, BUY)
  const closed = await fastify.signals.update(analyst.caller, id, 1, { status: 'hit' })

  t.match(closed, { status: 'hit', version: 2, closed_at: String })
  await t.rejects(fastify.signals.update(analyst.caller, id, 2, { status: 'active' }), { statusCode: 409, code: 'SIGNAL_CLOSED' })
  await t.rejects(fastify.signals.update(analyst.caller, id, null, { stop_loss: '1' }), { statusCode: 409, code: 'SIGNAL_CLOSED' })
})

t.test('of changes on one version, one wins; changes on any version all do', async (t) => {
  const fastify = await build(t)
  const { analyst } = await addPeople(fastify)
  const { id } = await fastify.signals.create(analyst.caller, BUY)
  const updateAll = async (expected: number | null) => {
    const changes = Array.from({ length: 8 }, (_, i) => fastify.signals.update(analyst.caller, id, expected, { stop_loss: `5900${i}` }))
    const results = await Promise.allSettled(changes)
    return results.filter(({ status }) => status === 'fulfilled').length
  }

  t.equal(await updateAll(1), 1)
  t.equal(await updateAll(null), 8)
  t.match(await fastify.tradeSignalsRepository.findById(id), { version: 10 })
})

t.test('what is hidden from a reader has another tag than what is shown', async (t) => {
  const fastify = await build(t)
  const { user, subscriber, analyst } = await addPeople(fastify)
  const { id } = await fastify.signals.create(analyst.caller, BUY)

  t.match(await fastify.signals.find(subscriber.caller, id), { etag: '"1"', signal: BUY })
  t.match(await fastify.signals.find(user.caller, id), { etag: '"1-hidden"', signal: { entry: null, targets: null, stop_loss: null } })
  t.match(await fastify.signals.find(null, id, ['symbol']), { signal: { symbol: 'BTCUSDT' } })
  await t.rejects(fastify.signals.find(null, 'f'.repeat(24)), { statusCode: 404, name: 'NotFoundError' })
})

t.test('a list hides active signals from those who may not see them', async (t) => {
  const fastify = await build(t)
  const { user, subscriber, analyst } = await addPeople(fastify)
  const open = await fastify.signals.create(analyst.caller, BUY)
  const done = await fastify.signals.create(analyst.caller, BUY)
  await fastify.signals.update(analyst.caller, done.id, 1, { status: 'stopped' })
  const entriesFor = async (caller: typeof user.caller | null) => {
    const { items } = await fastify.signals.list(caller, { limit: 10 })
    return Object.fromEntries(items.map(({ id, entry }) => [id ?? '', entry] as const))
  }

  t.strictSame(await entriesFor(null), { [open.id]: null, [done.id]: '60000' })
  t.strictSame(await entriesFor(user.caller), { [open.id]: null, [done.id]: '60000' })
  t.strictSame(await entriesFor(subscriber.caller), { [open.id]: '60000', [done.id]: '60000' })
  t.strictSame((await fastify.signals.list(null, { limit: 1, fields: ['id'] })).items, [{ id: done.id }])
})

t.test('a list may be bounded in time, by dates or their texts', async (t) => {
  const fastify = await build(t)
  const { analyst } = await addPeople(fastify)
  const { id, created_at: created } = await fastify.signals.create(analyst.caller, BUY)
  const later = new Date(Date.parse(created) + 1)
  const idsOf = async (range: object): Promise<unknown[]> => (await fastify.signals.list(null, { limit: 10, ...range })).items.map((item) => item.id)

  t.strictSame(await idsOf({ from: created, to: later }), [id])
  t.strictSame(await idsOf({ from: later }), [])
  t.strictSame(await idsOf({ to: created }), [])
  await t.rejects(idsOf({ from: '2016-12-31T23:59:60Z' }), { statusCode: 400, name: 'BadRequestError' })
})
