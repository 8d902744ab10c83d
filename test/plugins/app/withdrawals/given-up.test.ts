import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { OutboxDocument } from '../../../../schemas/jobs.ts'
import { addJob, entriesOf, until } from '../../../jobs.ts'
import { addHolder, buildWithProvider, clientOf, differencesOf, hurry, kindsOf, untilStatus } from '../../../withdrawals.ts'

async function build (t: Test) {
  const { fastify, sandbox } = await buildWithProvider(t)
  const client = clientOf(fastify, await addHolder(fastify, 'user', { balance: 1_000_000_000 }))
  const admin = clientOf(fastify, await addHolder(fastify, 'admin', { tier: 'admin' }))
  const resolve = async (id: string, outcome: 'paid' | 'refused', key?: string) => await admin.post(`/v1/admin/withdrawals/${id}/resolution`, { outcome, note: 'by phone' }, key)
  return { fastify, sandbox, client, admin, resolve }
}

const jobOf = async (fastify: FastifyInstance, id: string) => await entriesOf(fastify).findOne({ subject: id })
const set = async (fastify: FastifyInstance, id: string, changes: Partial<OutboxDocument>) => await entriesOf(fastify).updateOne({ subject: id, state: 'waiting', holder: null }, { $set: changes })

type Built = Awaited<ReturnType<typeof build>>

/** A withdrawal whose job was given up: the provider has paid, and nobody knows. */
async function giveUp ({ fastify, sandbox, client }: Built): Promise<string> {
  sandbox.control({ mode: 'fail-after', on: 'all' })
  const { id } = (await client.withdraw('100.000000')).json<{ id: string }>()
  await untilStatus(fastify, client, id, 'unknown')
  await until(async () => {
    await set(fastify, id, { attempts: 9 })
    await hurry(fastify)
    return (await jobOf(fastify, id))?.state === 'dead'
  })
  sandbox.control({})
  return id
}

t.test('what was given up is seen by admins, and ended by them as paid', async (t) => {
  const built = await build(t)
  const { fastify, client, admin, resolve } = built
  const id = await giveUp(built)
  t.match(await client.withdrawal(id), { status: 'unknown', reason: 'status 500 without a statement' })
  t.match((await admin.get('/v1/admin/jobs')).json(), { data: [{ kind: 'withdrawal', subject: id, state: 'dead', attempts: 10, last_error: 'The provider: unknown, status 500 without a statement' }] })
  t.match((await client.cancel(id)).json(), { code: 'WITHDRAWAL_STARTED' })
  t.equal((await client.post(`/v1/admin/withdrawals/${id}/resolution`, { outcome: 'refused', note: 'mine' })).statusCode, 403)

  const resolved = await resolve(id, 'paid', 'resolve')
  t.match(resolved.json(), { id, status: 'paid', reference: 'by phone', reason: null })
  t.match(await resolve(id, 'paid', 'resolve'), { body: resolved.body, headers: { 'idempotent-replayed': 'true' } })
  t.match((await resolve(id, 'refused')).json(), { status: 409, code: 'WITHDRAWAL_NOT_GIVEN_UP' })
  t.match(await client.withdrawal(id), { status: 'paid' })
  t.strictSame(await kindsOf(fastify, id), ['withdrawal'])
  t.equal(await client.balance(), '900.000000')
  t.equal(await jobOf(fastify, id), null)
  t.match((await admin.get('/v1/audit-log')).json(), { data: [{ action: 'withdrawal_resolve', target: `withdrawal:${id}`, outcome: 'refused' }, { action: 'withdrawal_resolve', outcome: 'ok' }] })
  t.match((await resolve('0'.repeat(24), 'paid')).json(), { status: 404 })
})

t.test('of many who refuse it at once one returns the money', async (t) => {
  const built = await build(t)
  const { fastify, client, resolve } = built
  const id = await giveUp(built)
  const answers = await Promise.all(Array.from({ length: 5 }, () => resolve(id, 'refused')))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 409, 409, 409, 409])
  t.match(await client.withdrawal(id), { status: 'refused', reference: null, reason: 'by phone' })
  t.strictSame(await kindsOf(fastify, id), ['refund', 'withdrawal'])
  t.equal(await client.balance(), '1000.000000')
  t.strictSame(await differencesOf(fastify), [])
})

t.test('begun anew it is asked about, and ends as the provider says', async (t) => {
  const built = await build(t)
  const { fastify, sandbox, client, admin } = built
  const id = await giveUp(built)
  const job = (await jobOf(fastify, id))?._id.toHexString()
  t.match((await admin.get(`/v1/admin/jobs/${job}`)).json(), { state: 'dead' })
  t.match((await admin.post(`/v1/admin/jobs/${job}/retry`)).json(), { state: 'waiting' })
  await untilStatus(fastify, client, id, 'paid')
  t.match(await client.withdrawal(id), { status: 'paid', reference: /^0x/, reason: null })
  t.equal((await sandbox.payments()).length, 1)
})

t.test('what is still looked into is not ended by a person', async (t) => {
  const { fastify, sandbox, client, resolve } = await build(t)
  sandbox.control({ mode: 'busy' })
  const { id } = (await client.withdraw('100.000000')).json<{ id: string }>()
  await untilStatus(fastify, client, id, 'processing')
  for (const outcome of ['paid', 'refused'] as const) t.match((await resolve(id, outcome)).json(), { status: 409, code: 'WITHDRAWAL_NOT_GIVEN_UP' })
  t.match(await client.withdrawal(id), { status: 'processing' })
  sandbox.control({})
  await untilStatus(fastify, client, id, 'paid')
})

t.test('a job is dropped only if its withdrawal has an end, or there is none', async (t) => {
  const built = await build(t)
  const { fastify, admin, resolve } = built
  const drop = async (subject: string) => await fastify.jobs.drop(1, String((await jobOf(fastify, subject))?._id.toHexString()))
  const id = await giveUp(built)
  await t.rejects(drop(id), { statusCode: 409, code: 'WITHDRAWAL_OPEN' })
  t.ok(await jobOf(fastify, id))
  await fastify.documents.collection('withdrawals').updateOne({}, { $set: { status: 'paid' } })
  for (const outcome of ['paid', 'refused'] as const) t.match((await resolve(id, outcome)).json(), { code: 'WITHDRAWAL_NOT_GIVEN_UP' }, 'it has ended')
  t.ok(await jobOf(fastify, id))
  await drop(id)

  await addJob(fastify, 'nothing')
  await until(async () => {
    await set(fastify, 'nothing', { state: 'dead' })
    return (await jobOf(fastify, 'nothing'))?.state === 'dead'
  })
  await drop('nothing')
  t.match((await admin.get('/v1/admin/jobs')).json(), { data: [] })
})

t.test('what was given up before it was begun is returned by a person too', async (t) => {
  const { fastify, sandbox } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const admin = clientOf(fastify, await addHolder(fastify, 'admin', { tier: 'admin' }))
  const { id } = (await client.withdraw('100.000000')).json<{ id: string }>()
  await set(fastify, id, { state: 'dead', attempts: 10 })
  t.match((await client.cancel(id)).json(), { code: 'WITHDRAWAL_STARTED' })
  t.match((await admin.post(`/v1/admin/withdrawals/${id}/resolution`, { outcome: 'refused', note: 'never begun' })).json(), { status: 'refused' })
  t.equal(await client.balance(), '10000.000000')
  t.equal(sandbox.requests(), 0)
})
