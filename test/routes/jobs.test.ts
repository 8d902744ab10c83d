import t from 'tap'
import { buildApp } from '../helper.ts'
import { addJob, entriesOf } from '../jobs.ts'
import { addPeople } from '../people.ts'

t.test('an admin sees what was given up, begins it anew or drops it', async (t) => {
  const fastify = await buildApp(t)
  const { admin } = await addPeople(fastify)
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string) => await fastify.inject({ method, url: `/v1/admin/jobs${url}`, headers: admin.headers })
  for (const subject of ['a', 'b', 'waiting']) await addJob(fastify, subject, { kind: 'payment-event', owner: 7, score: 2 })
  await entriesOf(fastify).updateMany({ subject: { $ne: 'waiting' } }, { $set: { state: 'dead', attempts: 10, last_error: 'The provider did not answer' } })
  fastify.jobs.define('payment-event', { attempts: 1, backoffMs: 1, maxBackoffMs: 1, async run () {}, async drop (subject, { session }) { await fastify.documents.collection('sessions').insertOne({ family_hash: `dropped ${subject}`, user_id: 0 }, { session }) } })

  const { data: [b, a], next_cursor: next } = (await ask('GET', '')).json()
  t.match(b, { kind: 'payment-event', subject: 'b', owner: 7, score: 2, state: 'dead', attempts: 10, last_error: 'The provider did not answer' })
  t.equal(next, null)
  const { data: [waiting] } = (await ask('GET', '?state=waiting')).json()
  t.match(waiting, { subject: 'waiting', state: 'waiting', attempts: 0, last_error: null })
  t.strictSame((await ask('GET', `/${a.id}`)).json(), a)

  t.match((await ask('POST', `/${a.id}/retry`)).json(), { subject: 'a', state: 'waiting', attempts: 0 })
  t.match(await ask('POST', `/${a.id}/retry`), { statusCode: 409, body: /JOB_NOT_DEAD/ })
  t.match(await ask('DELETE', `/${waiting.id}`), { statusCode: 409, body: /JOB_NOT_DEAD/ })
  t.match(await ask('DELETE', `/${b.id}`), { statusCode: 204, body: '' })
  t.match(await ask('GET', `/${b.id}`), { statusCode: 404 })
  t.equal(await fastify.documents.collection('sessions').countDocuments({ family_hash: 'dropped b' }), 1)

  const { data: audited } = (await fastify.inject({ url: '/v1/audit-log', headers: admin.headers })).json()
  t.match(audited, [
    { action: 'job_drop', target: `job:${b.id}`, outcome: 'ok' }, { action: 'job_drop', target: `job:${waiting.id}`, outcome: 'refused' },
    { action: 'job_retry', target: `job:${a.id}`, outcome: 'refused' }, { action: 'job_retry', target: `job:${a.id}`, outcome: 'ok' }
  ])
})

t.test('a job whose kind refuses that is not dropped; of two who do the same one comes too late', async (t) => {
  const fastify = await buildApp(t)
  const { admin } = await addPeople(fastify)
  const ask = async (method: 'POST' | 'DELETE', url: string) => await fastify.inject({ method, url: `/v1/admin/jobs${url}`, headers: admin.headers })
  const { conflict } = fastify.httpErrors
  fastify.jobs.define('payment-event', { attempts: 1, backoffMs: 1, maxBackoffMs: 1, async run () {}, async drop (subject) { if (subject === 'kept') throw conflict('It is needed') } })
  for (const subject of ['kept', 'retried', 'dropped']) await addJob(fastify, subject, { kind: 'payment-event' })
  await entriesOf(fastify).updateMany({}, { $set: { state: 'dead' } })
  const idOf = async (subject: string) => (await entriesOf(fastify).findOne({ subject }))?._id.toHexString()

  t.equal((await ask('DELETE', `/${await idOf('kept')}`)).statusCode, 409)
  t.ok(await idOf('kept'))
  const { revive, drop } = fastify.outbox.letters
  fastify.outbox.letters.revive = async (id) => { await entriesOf(fastify).deleteOne({ _id: id }); return await revive(id) }
  fastify.outbox.letters.drop = async (id, session) => { await entriesOf(fastify).updateOne({ _id: id }, { $set: { state: 'waiting' } }, { session }); return await drop(id, session) }
  t.equal((await ask('POST', `/${await idOf('retried')}/retry`)).statusCode, 404)
  t.equal((await ask('DELETE', `/${await idOf('dropped')}`)).statusCode, 404)
})
