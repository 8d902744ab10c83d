import t, { type Test } from 'tap'
import { entriesOf } from '../../../jobs.ts'
import { addHolder, buildWithProvider, clientOf, differencesOf, kindsOf } from '../../../withdrawals.ts'

/** A withdrawal whose job was given up, in a status. */
async function build (t: Test) {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const admin = clientOf(fastify, await addHolder(fastify, 'admin', { tier: 'admin' }))
  const withdrawals = fastify.documents.collection('withdrawals')
  const giveUp = async (status: string) => {
    const { id } = (await client.withdraw('100.000000')).json<{ id: string }>()
    await withdrawals.updateOne({ status: 'queued' }, { $set: { status, reason: 'timeout' } })
    await entriesOf(fastify).updateOne({ subject: id }, { $set: { state: 'dead', attempts: 10 } })
    return id
  }
  const resolve = async (id: string, payload: object, key?: string) => await admin.post(`/v1/admin/withdrawals/${id}/resolution`, payload, key)
  return { admin, client, fastify, giveUp, resolve, withdrawals }
}

t.test('an operator says that a withdrawal was paid, or that it was not', async (t) => {
  const { admin, client, fastify, giveUp, resolve } = await build(t)
  const paid = await giveUp('unknown')
  const refused = await giveUp('unknown')
  t.match((await admin.get('/v1/withdrawals?status=unknown')).json(), { data: [{ id: refused }, { id: paid }] })
  t.match((await resolve(paid, { outcome: 'paid', note: 'payout-4711' })).json(), { id: paid, status: 'paid', reference: 'payout-4711', reason: null })
  const answer = await resolve(refused, { outcome: 'refused', note: 'by phone' }, 'once')
  t.match(answer.json(), { id: refused, status: 'refused', reference: null, reason: 'by phone' })
  t.equal((await resolve(refused, { outcome: 'refused', note: 'by phone' }, 'once')).body, answer.body)

  t.equal(await client.balance(), '9900.000000')
  t.strictSame(await kindsOf(fastify, refused), ['refund', 'withdrawal'])
  t.strictSame(await differencesOf(fastify), [])
  for (const id of [paid, refused]) t.match((await resolve(id, { outcome: 'refused', note: 'again' })).json(), { status: 409, code: 'WITHDRAWAL_NOT_GIVEN_UP' })
  t.match((await resolve('0'.repeat(24), { outcome: 'paid', note: 'none' })).json(), { status: 404 })
  t.equal(await client.balance(), '9900.000000')
  t.match((await admin.get('/v1/audit-log')).json(), { data: [{ outcome: 'refused' }, { outcome: 'refused' }, { outcome: 'refused' }, { action: 'withdrawal_resolve', target: `withdrawal:${refused}`, outcome: 'ok' }] })
})

t.test('what is still looked into, or has ended, is not resolved; a job that outlived its withdrawal may be dropped', async (t) => {
  const { client, fastify, giveUp, resolve, withdrawals } = await build(t)
  const { id } = (await client.withdraw('100.000000')).json<{ id: string }>()
  t.match((await resolve(id, { outcome: 'refused', note: 'early' })).json(), { code: 'WITHDRAWAL_NOT_GIVEN_UP' })
  await client.cancel(id)
  for (const outcome of ['paid', 'refused']) {
    const ended = await giveUp('paid')
    t.match((await resolve(ended, { outcome, note: 'late' })).json(), { code: 'WITHDRAWAL_NOT_GIVEN_UP' })
    await withdrawals.updateOne({ status: 'paid' }, { $set: { status: 'refused' } })
  }
  t.equal(await entriesOf(fastify).countDocuments({ state: 'dead' }), 2)
})

t.test('a job is dropped only once its withdrawal has ended', async (t) => {
  const { admin, fastify, giveUp, withdrawals } = await build(t)
  const drop = async (id: string) => await fastify.inject({ method: 'DELETE', url: `/v1/admin/jobs/${(await entriesOf(fastify).findOne({ subject: id }))?._id.toHexString()}`, headers: { authorization: admin.authorization } })
  const open = await giveUp('unknown')
  t.match((await drop(open)).json(), { status: 409, code: 'WITHDRAWAL_OPEN' })
  await withdrawals.updateOne({ status: 'unknown' }, { $set: { status: 'paid' } })
  t.equal((await drop(open)).statusCode, 204)
  const lost = await giveUp('processing')
  await withdrawals.deleteMany({ status: 'processing' })
  t.equal((await drop(lost)).statusCode, 204)
})
