import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../../../schemas/config.ts'
import type { PaymentEventDocument } from '../../../../schemas/payment-events.ts'
import { applyAll, eventOf } from '../../../callbacks.ts'
import { buildApp } from '../../../helper.ts'
import { entriesOf, until } from '../../../jobs.ts'
import { addPerson } from '../../../people.ts'

type Event = Parameters<typeof eventOf>[0]

async function build (t: Test, env: Environment = {}) {
  const fastify = await buildApp(t, { env })
  const { user_id: id } = await addPerson(fastify, 'payer', { balance: 0 })
  const { documents, payments } = fastify
  const receive = async ({ data, ...event }: Event = {}) => payments.receive('acme', eventOf({ ...event, data: { user_id: id, ...data } }))
  const eventsOf = async (filter = {}) => await documents.collection<PaymentEventDocument>('payment_events').find(filter).sort({ created_at: 1 }).toArray()
  return {
    fastify,
    id,
    receive,
    eventsOf,
    /** What one attempt comes to, by the event as it is afterwards. */
    attempt: async (subject: string) => {
      const outcome = await payments.run({ subject, finish: fastify.ledger.transact }).then(() => null, (error: Error & { code?: string }) => error.code ?? error.message)
      const [event] = await eventsOf({ _id: subject })
      return { status: event?.status, reason: event?.reason, outcome }
    },
    jobs: async () => await documents.collection('outbox').find({ kind: 'payment-event' }).project<{ subject: string, score: number, owner: number | null }>({ _id: 0, subject: 1, score: 1, owner: 1 }).toArray(),
    state: async () => ({
      balance: (await documents.collection<{ balance: number }>('users').findOne({ user_id: id }))?.balance,
      entries: (await documents.collection('transactions').find({ user_id: id }).sort({ created_at: 1, _id: 1 }).toArray()).map(({ kind, amount }) => [kind, amount] as const),
      statuses: (await documents.collection('payments').find().sort({ _id: 1 }).toArray()).map(({ status }) => status as string)
    })
  }
}

/** Fails `method` of a collection the first time that it is called, as when the process had died there. */
function failOnce (fastify: FastifyInstance, name: string, method: 'insertOne' | 'updateOne' | 'findOneAndUpdate'): void {
  const { prototype } = fastify.documents.collection(name).constructor as unknown as { prototype: Record<string, (...args: unknown[]) => unknown> }
  const original = prototype[method] as (...args: unknown[]) => unknown
  prototype[method] = function fail (this: { collectionName: string }, ...args) {
    if (this.collectionName !== name) return original.apply(this, args)
    prototype[method] = original
    throw new Error('died')
  }
}

t.test('an event is kept with its job or not at all', async (t) => {
  const { fastify, receive, jobs } = await build(t)
  failOnce(fastify, 'outbox', 'insertOne')
  await t.rejects(receive({ id: 'evt_1' }), { message: 'died' })
  t.strictSame(await fastify.documents.collection('payment_events').countDocuments(), 0)

  await receive({ id: 'evt_1' })
  t.strictSame(await jobs(), [{ subject: 'acme.evt_1', score: 1, owner: null }])
})

t.test('the same event again changes nothing, at once or later; with another content it is a conflict', async (t) => {
  const { fastify, receive, attempt, jobs, state } = await build(t)
  t.strictSame(await Promise.all(Array.from({ length: 20 }, () => receive({ id: 'evt_1' }))), Array(20).fill('acme.evt_1'))
  t.equal((await jobs()).length, 1)
  await attempt('acme.evt_1')
  await receive({ id: 'evt_1' })
  // the same moment, written otherwise
  await receive({ id: 'evt_1', created: '2026-11-26T10:31:02+01:00' })
  t.equal((await state()).balance, 10_000_000)

  const conflict = { statusCode: 409, code: 'EVENT_CONFLICT' }
  await t.rejects(receive({ id: 'evt_1', data: { amount: '20.000000' } }), conflict)
  await t.rejects(receive({ id: 'evt_1', type: 'payment.failed' }), conflict)
  await t.rejects(receive({ id: 'evt_1', created: 5 }), conflict)
  await receive({ id: 'evt_2', type: 'payout.paid', data: { amount: '1.000000' } })
  await t.rejects(receive({ id: 'evt_2', type: 'payout.paid', data: { amount: '2.000000' } }), conflict)
  t.equal(await fastify.documents.collection('payment_events').countDocuments(), 2)
})

t.test('another provider may use the same names', async (t) => {
  const { fastify, id, receive, state } = await build(t)
  await receive({ id: 'evt_1' })
  await fastify.payments.receive('other', eventOf({ id: 'evt_1', data: { user_id: id, amount: '5.000000' } }))
  await applyAll(fastify)

  t.match(await state(), { balance: 15_000_000, statuses: ['succeeded', 'succeeded'] })
})

t.test('what is large goes first', async (t) => {
  const { receive, jobs } = await build(t)
  for (const amount of ['500.000000', '500.000001', '1000.000000', '1000.000001']) await receive({ data: { amount } })

  t.strictSame((await jobs()).map(({ score }) => score).sort(), [1, 2, 2, 3])
})

t.test('an event is applied once, however often its job is run, also at once', async (t) => {
  const { receive, attempt, state } = await build(t)
  const id = await receive()
  await Promise.all(Array.from({ length: 5 }, () => attempt(id)))
  t.strictSame(await attempt(id), { status: 'applied', reason: null, outcome: null })
  t.strictSame(await attempt('acme.evt_unknown'), { status: undefined, reason: undefined, outcome: null })

  t.strictSame(await state(), { balance: 10_000_000, entries: [['deposit', 10_000_000]], statuses: ['succeeded'] })
})

t.test('a job that dies between any two steps has done nothing, and is done by the next attempt', async (t) => {
  const { fastify, receive, attempt, state } = await build(t)
  const id = await receive()
  for (const [collection, method] of [['payment_events', 'findOneAndUpdate'], ['payments', 'findOneAndUpdate'], ['users', 'updateOne'], ['transactions', 'insertOne']] as const) {
    failOnce(fastify, collection, method)
    t.match(await attempt(id), { outcome: 'died' }, collection)
    t.strictSame(await state(), { balance: 0, entries: [], statuses: [] })
  }
  t.match(await attempt(id), { status: 'applied', reason: null })
  t.equal((await state()).balance, 10_000_000)
})

t.test('a late event does not undo a later one', async (t) => {
  const { receive, attempt, state } = await build(t)
  const tell = async (type: string) => attempt(await receive({ type: `payment.${type}` }))
  t.match(await tell('pending'), { status: 'applied' })
  t.match(await tell('failed'), { status: 'applied' })
  t.strictSame(await state(), { balance: 0, entries: [], statuses: ['failed'] })
  t.match(await tell('succeeded'), { status: 'applied' })
  t.match(await tell('failed'), { status: 'ignored', reason: 'SUPERSEDED' })
  t.match(await tell('pending'), { status: 'ignored', reason: 'SUPERSEDED' })
  t.match(await tell('succeeded'), { status: 'ignored', reason: 'SUPERSEDED' })
  t.strictSame(await state(), { balance: 10_000_000, entries: [['deposit', 10_000_000]], statuses: ['succeeded'] })

  t.match(await tell('refunded'), { status: 'applied' })
  t.match(await tell('succeeded'), { status: 'ignored', reason: 'SUPERSEDED' })
  t.strictSame(await state(), { balance: 0, entries: [['deposit', 10_000_000], ['refund', -10_000_000]], statuses: ['refunded'] })
})

t.test('a payment that went back before we heard of it never is in the balance', async (t) => {
  const { receive, attempt, state } = await build(t)
  t.match(await attempt(await receive({ type: 'payment.refunded' })), { status: 'applied' })
  t.match(await attempt(await receive({ type: 'payment.succeeded' })), { status: 'ignored', reason: 'SUPERSEDED' })

  t.strictSame(await state(), { balance: 0, entries: [], statuses: ['refunded'] })
})

t.test('an event of another user or amount than its payment waits for a person', async (t) => {
  const { id, receive, attempt, state } = await build(t)
  await attempt(await receive({ type: 'payment.pending' }))
  t.strictSame(await attempt(await receive({ data: { amount: '1000.000000' } })), { status: 'failed', reason: 'MISMATCH', outcome: null })
  t.match(await attempt(await receive({ data: { user_id: id + 1 } })), { status: 'failed', reason: 'MISMATCH' })

  t.strictSame(await state(), { balance: 0, entries: [], statuses: ['pending'] })
})

t.test('an event of a type that nobody knows is kept and ignored', async (t) => {
  const { receive, attempt } = await build(t)
  const id = await receive({ type: 'dispute.created', data: { amount: 'of no matter' } })

  t.strictSame(await attempt(id), { status: 'ignored', reason: 'UNKNOWN_TYPE', outcome: null })
})

t.test('an event of a user that there is not yet waits, and is shown', async (t) => {
  const { fastify, receive, attempt } = await build(t)
  const subject = await receive({ data: { user_id: 9_007_199_254_740_000 } })
  t.match(await attempt(subject), { status: 'received', reason: 'NOT_FOUND' })
  await fastify.documents.collection('users').insertOne({ user_id: 9_007_199_254_740_000, username: 'late', balance: 0 })

  t.strictSame(await attempt(subject), { status: 'applied', reason: null, outcome: null }, 'and may be tried anew')
})

t.test('an event whose job is given up needs a person, also when the process died in the last attempt', async (t) => {
  const { fastify, receive, attempt, eventsOf } = await build(t, { JOBS_CONCURRENCY: 10, JOBS_POLL_MS: 20 })
  const [failing, died] = [await receive({ data: { user_id: 9_007_199_254_740_000 } }), await receive({ data: { user_id: 9_007_199_254_740_000 } })]
  await until(async () => await entriesOf(fastify).countDocuments({ attempts: 1, holder: null }) === 2)
  t.match(await eventsOf(), [{ status: 'received' }, { status: 'received' }])
  const begun = async (subject: string, attempts: number) => await entriesOf(fastify).updateOne({ subject }, { $set: { attempts, due_at: new Date(0) } })
  await begun(failing, 29)
  await begun(died, 30)
  await until(async () => await entriesOf(fastify).countDocuments({ state: 'dead' }) === 2)

  t.match(await eventsOf({ _id: failing }), [{ status: 'failed', reason: 'NOT_FOUND' }])
  t.match(await eventsOf({ _id: died }), [{ status: 'failed', reason: 'INTERNAL_ERROR' }])
  await fastify.documents.collection('users').insertOne({ user_id: 9_007_199_254_740_000, username: 'late', balance: 0 })
  t.strictSame(await attempt(died), { status: 'applied', reason: null, outcome: null }, 'and may be tried anew')
})

t.test('an event whose job an admin drops is given up, unless it is applied', async (t) => {
  const { fastify, receive, attempt, state } = await build(t)
  const drop = (subject: string) => fastify.ledger.transact((transaction) => fastify.payments.drop(subject, transaction))
  const [applied, waiting] = [await receive(), await receive({ type: 'payment.refunded' })]
  await attempt(applied)
  await drop(applied)
  await drop(waiting)

  t.match(await attempt(applied), { status: 'applied', reason: null })
  t.match(await attempt(waiting), { status: 'ignored', reason: 'DROPPED' })
  t.match(await state(), { balance: 10_000_000, statuses: ['succeeded'] })
})

t.test('a refund of what is spent already waits for the balance', async (t) => {
  const { fastify, id, receive, attempt, state } = await build(t)
  const spend = (amount: number) => fastify.ledger.transact(({ post }) => post({ user_id: id, kind: 'subscription', amount, reference: 'plan' }))
  await attempt(await receive())
  await spend(-1)
  const refund = await receive({ type: 'payment.refunded' })
  t.match(await attempt(refund), { status: 'received', reason: 'INSUFFICIENT_BALANCE' })
  t.match(await state(), { balance: 9_999_999, statuses: ['succeeded'] })
  await spend(1)

  t.match(await attempt(refund), { status: 'applied', reason: null })
  t.match(await state(), { balance: 0, statuses: ['refunded'] })
})

t.test('a payment that changed after it was read is left as it is', async (t) => {
  const { fastify, receive, attempt, state } = await build(t)
  await attempt(await receive({ type: 'payment.pending' }))
  const subject = await receive()
  const change = { $set: { status: 'refunded' } }
  await t.rejects(fastify.payments.run({
    subject,
    finish: (work) => fastify.ledger.transact(({ session, post }) => work({
      session,
      async post (posting) {
        await fastify.documents.collection('payments').updateOne({}, change, { session })
        return await post(posting)
      }
    }))
  }), { message: 'The payment has changed meanwhile' })

  t.match(await state(), { balance: 0, entries: [], statuses: ['pending'] })
  t.match(await attempt(subject), { status: 'applied' })
})

t.test('events of one payment that are applied at once are applied one after the other', async (t) => {
  const { fastify, receive, attempt, state } = await build(t)
  const ids = await Promise.all(['pending', 'failed', 'succeeded', 'refunded'].map((type) => receive({ type: `payment.${type}` })))
  await Promise.all(ids.map((subject) => attempt(subject)))
  await applyAll(fastify)

  t.match(await state(), { balance: 0, statuses: ['refunded'] })
})
