import t from 'tap'
import { addJob, buildJobs, entriesOf } from '../../../jobs.ts'

t.test('a job of a transaction that did not come to be is none', async (t) => {
  const fastify = await buildJobs(t)
  await fastify.ready()
  await t.rejects(fastify.documents.transact(async (session) => {
    await fastify.outbox.add({ kind: 'withdrawal', subject: 'a', owner: null, score: 1 }, session)
    throw new Error('died')
  }), { message: 'died' })
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
})

t.test('a job can be taken back until it is begun', async (t) => {
  const fastify = await buildJobs(t)
  const cancel = () => fastify.documents.transact((session) => fastify.outbox.cancel('withdrawal', 'a', session))
  await fastify.ready()
  await addJob(fastify, 'a')
  t.equal(await cancel(), true)
  t.equal(await cancel(), false)
  await addJob(fastify, 'a')
  const [entry] = await fastify.outbox.held.due(['withdrawal'], 1)
  await fastify.outbox.held.take(entry!._id)
  t.equal(await cancel(), false)
})

t.test('what is added may be told of', async (t) => {
  const fastify = await buildJobs(t)
  await fastify.ready()
  let told = 0
  fastify.outbox.onAdded(() => { told++ })
  fastify.outbox.nudge()
  t.equal(told, 1)
})

t.test('of many who want a job one gets it; it can be held longer, and given back', async (t) => {
  const fastify = await buildJobs(t)
  await fastify.ready()
  await addJob(fastify, 'a')
  const { held } = fastify.outbox
  const [entry] = await held.due(['withdrawal'], 1)
  const taken = (await Promise.all(Array.from({ length: 20 }, () => held.take(entry!._id)))).filter((hold) => hold !== null)
  t.equal(taken.length, 1)
  const hold = taken[0]!
  t.ok(await held.prolong(hold))
  t.notOk(await held.prolong({ ...hold, holder: 'another' }))
  t.ok((await held.freeAt(hold._id))!.getTime() > Date.now() + 5000)
  await held.release(hold)
  t.match(await entriesOf(fastify).findOne({}), { attempts: 0, holder: null })
  t.strictSame(await held.due(['payment-event'], 1), [])
})
