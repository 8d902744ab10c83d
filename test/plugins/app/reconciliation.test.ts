import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { until } from '../../jobs.ts'
import { addHolder, buildWithProvider, clientOf } from '../../withdrawals.ts'

t.test('every withdrawal has its entries, or is named', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const holder = await addHolder(fastify, 'user')
  const client = clientOf(fastify, holder)
  const make = async () => (await client.withdraw('20.000000')).json<{ id: string }>().id
  const [right, cancelled, unpaid, twice] = [await make(), await make(), await make(), await make()]
  await client.cancel(cancelled)
  const differences = async (size?: number) => {
    const found = []
    for await (const { id, status, entries } of fastify.withdrawals.differences(size)) found.push({ id, status, entries })
    return found
  }
  for (const size of [undefined, 1]) t.strictSame(await differences(size), [])
  await fastify.ledger.transact(({ post }) => post({ user_id: holder.user_id, kind: 'adjustment', amount: 1, reference: `withdrawal:${right}` }))
  t.strictSame(await differences(), [], 'whatever the reason of a correction is')

  const entries = fastify.documents.collection('transactions')
  await entries.deleteOne({ reference: `withdrawal:${unpaid}` })
  const debit = await entries.findOne({ reference: `withdrawal:${twice}` }, { projection: { _id: 0 } })
  await entries.insertOne({ ...debit })
  const wanted = [{ id: unpaid, status: 'queued', entries: [] }, { id: twice, status: 'queued', entries: [-20_000_000, -20_000_000] }]
  for (const size of [undefined, 1, 2]) t.strictSame(await differences(size), wanted)
  const { transact } = fastify.documents
  fastify.documents.transact = async (work) => {
    await entries.insertOne({ ...debit, reference: `withdrawal:${unpaid}` })
    fastify.documents.transact = transact
    return await transact(work)
  }
  t.strictSame(await differences(), wanted.slice(1), 'right again when it is looked at a second time')
  t.ok(right)
})

t.test('once in an interval somebody reconciles, and tells of each difference', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  await addHolder(fastify, 'user')
  const lines: object[] = []
  fastify.log.error = (line: object) => { lines.push(line) }
  t.strictSame(await Promise.all([fastify.reconcile(), fastify.reconcile(), fastify.reconcile()]).then((counts) => counts.sort()), [0, null, null])
  const user = await fastify.documents.collection('users').findOneAndUpdate({ username: 'user' }, { $inc: { balance: 1 } })
  t.equal(await fastify.reconcile(), null)
  fastify.documents.isDuplicate = () => false
  await t.rejects(fastify.reconcile(), { code: 11_000 })
  fastify.documents.isDuplicate = () => true
  const runs = fastify.documents.collection('reconciliations')
  const past = (hours: number) => new Date(Date.now() - hours * 3_600_001)
  await runs.updateOne({}, { $set: { started_at: past(24), finished_at: past(24) } })
  const { differences } = fastify.ledger
  fastify.ledger.differences = () => { throw new Error('away') }
  await t.rejects(fastify.reconcile(), { message: 'away' })
  fastify.ledger.differences = differences
  t.equal(await fastify.reconcile(), null, 'somebody was just at it')
  await runs.updateOne({}, { $set: { started_at: past(1) } })
  t.equal(await fastify.reconcile(), 1, 'an hour later it is begun anew')
  t.match(lines, [{ difference: { user_id: user?.user_id as number } }])
  t.match(await fastify.metrics.metrics(), /^ledger_differences 1$/m)
})

t.test('one that takes long is not begun again by others meanwhile', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0, RECONCILE_INTERVAL_MS: 24_000 } })
  const runs = fastify.documents.collection<{ started_at: Date }>('reconciliations')
  const startedAt = async () => Number((await runs.findOne())?.started_at)
  const gate = new EventEmitter()
  t.intercept(fastify.ledger, 'differences', { value: async function * () { await once(gate, 'open') } })
  const slow = fastify.reconcile()
  await until(async () => await runs.countDocuments({}) === 1)
  const begun = await startedAt()
  // the first time that it tells of itself is lost
  const { prototype } = runs.constructor as { prototype: typeof runs }
  const lost = t.intercept(prototype, 'updateOne', { value: async () => { lost.restore(); throw new Error('the database is away') } })
  await until(() => Date.now() > begun + 1000)

  t.ok(await startedAt() > begun)
  t.equal(await fastify.reconcile(), null)
  gate.emit('open')
  t.equal(await slow, 0)
})

t.test('what the release before has left is no end of it', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const runs = fastify.documents.collection('reconciliations')
  await runs.insertOne({ _id: 'last', started_at: new Date(Date.now() - 86_400_000) } as object)
  t.equal(await fastify.reconcile(), 0)
  t.equal(await fastify.reconcile(), null)
})

t.test('where jobs are done it is done by itself, and a database that fails is asked again', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { RECONCILE_INTERVAL_MS: 24 } })
  const runs = fastify.documents.collection('reconciliations')
  await until(async () => await runs.countDocuments({}) === 1)
  const lines: string[] = []
  fastify.log.warn = (...args: unknown[]) => { lines.push(String(args.at(-1))) }
  const { differences } = fastify.ledger
  fastify.ledger.differences = () => { throw new Error('away') }
  await until(() => lines.includes('ledger not reconciled'))
  fastify.ledger.differences = differences
  t.ok(lines.length > 0)
})
