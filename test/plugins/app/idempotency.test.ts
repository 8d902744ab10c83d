import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createKeys } from '../../../plugins/app/idempotency/repository.ts'
import { addPeople } from '../../people.ts'
import { buildApp } from '../../helper.ts'

const KEY = '8e03978e-40d5-43dd-bc93-6894a57f9324'

async function build (t: Test) {
  const fastify = await buildApp(t)
  const people = await addPeople(fastify)
  const body = { user_id: people.user.user_id, amount: '5.000000', reason: 'ticket' }
  const post = async (changes: object = {}, { key = KEY, headers = people.admin.headers } = {}) =>
    await fastify.inject({ method: 'POST', url: '/v1/admin/adjustments', headers: { ...headers, 'idempotency-key': key }, payload: { ...body, ...changes } })
  return { fastify, people, post }
}

const keysOf = (fastify: FastifyInstance) => fastify.documents.collection('idempotency_keys')
const countOf = async (fastify: FastifyInstance) => await fastify.documents.collection('transactions').countDocuments({ reference: 'ticket' })

t.test('the same key and body answer the same bytes, and do it once', async (t) => {
  const { fastify, post } = await build(t)
  const [first, second] = [await post(), await post()]

  t.match(first, { statusCode: 201, headers: { 'idempotent-replayed': undefined } })
  t.match(second, { statusCode: 201, headers: { 'idempotent-replayed': 'true', 'content-type': first.headers['content-type'] } })
  t.equal(second.body, first.body)
  t.equal(await countOf(fastify), 1)
})

t.test('a key stands for one request of one caller', async (t) => {
  const { fastify, people, post } = await build(t)
  await post()
  t.match((await post({ amount: '6.000000' })).json(), { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
  const other = await fastify.usersRepository.create({ username: 'other-admin', password_hash: '', tier: 'admin', balance: 0, is_active: true, subscription_expires: null, referred_by: null, created_at: new Date() })
  const headers = { authorization: `Bearer ${fastify.jwt.sign({ ...people.admin.caller, sub: String(other.user_id), sid: 'a'.repeat(24) })}` }
  t.match(await post({ amount: '6.000000' }, { headers }), { statusCode: 201, headers: { 'idempotent-replayed': undefined } })
  t.match(await post({}, { key: 'another' }), { statusCode: 201 })
  t.equal(await countOf(fastify), 3)
})

t.test('without a key, or with one that is none, nothing is done', async (t) => {
  const { fastify, people, post } = await build(t)
  for (const key of ['', ' ', 'a b', 'x'.repeat(256), 'ü']) t.match((await post({}, { key })).json(), { status: 400, code: 'VALIDATION_FAILED' }, key)
  const response = await fastify.inject({ method: 'POST', url: '/v1/admin/adjustments', headers: people.admin.headers, payload: { user_id: people.user.user_id, amount: '5.000000', reason: 'ticket' } })
  t.match(response.json(), { code: 'VALIDATION_FAILED', detail: /idempotency-key/ })
  t.equal(await countOf(fastify), 0)
  t.equal(await keysOf(fastify).countDocuments(), 0)
})

t.test('of many at once with one key one does it, and the others are told so', async (t) => {
  const { fastify, post } = await build(t)
  const answers = await Promise.all(Array.from({ length: 20 }, () => post()))
  const statuses = answers.map(({ statusCode }) => statusCode)

  t.equal(await countOf(fastify), 1)
  t.ok(statuses.every((status) => status === 201 || status === 409), statuses.join())
  for (const answer of answers) if (answer.statusCode === 409) t.match([answer.json(), answer.headers], [{ code: 'IDEMPOTENCY_KEY_IN_USE' }, { 'retry-after': '1' }])
  t.match(await post(), { statusCode: 201, headers: { 'idempotent-replayed': 'true' } })
})

t.test('a refusal is answered again too', async (t) => {
  const { post } = await build(t)
  const [first, second] = [await post({ amount: '-99999999.000000' }), await post({ amount: '-99999999.000000' })]

  t.match(first.json(), { status: 422, code: 'INSUFFICIENT_BALANCE' })
  t.equal(second.body, first.body)
  t.match(second.headers, { 'idempotent-replayed': 'true', 'content-type': /problem\+json/ })
})

t.test('after a fault of the server the same key may be tried again', async (t) => {
  const { fastify, post } = await build(t)
  const fault = t.intercept(fastify.presenter, 'transaction', { value: () => { throw new Error('died') } })
  t.equal((await post()).statusCode, 500)
  t.equal(await countOf(fastify), 0)
  fault.restore()
  t.match(await post(), { statusCode: 201, headers: { 'idempotent-replayed': undefined } })
  t.equal(await countOf(fastify), 1)
})

t.test('while a key cannot be given back the answer is the one that there is', async (t) => {
  const { fastify, post } = await build(t)
  const isAway = { value: async () => { throw new Error('connect ECONNREFUSED 10.1.2.3:27017') } }
  const { keys } = fastify.idempotency
  const away = [t.intercept(keys, 'settle', isAway), t.intercept(keys, 'release', isAway)]
  t.match((await post({ amount: '-99999999.000000' })).json(), { status: 422, code: 'INSUFFICIENT_BALANCE' })
  t.intercept(fastify.presenter, 'transaction', { value: () => { throw new Error('died') } })
  const fault = await post({}, { key: 'another' })
  t.match(fault.json(), { status: 500, code: 'INTERNAL_ERROR' })
  t.notMatch(fault.body, 'ECONNREFUSED')

  for (const method of away) method.restore()
  t.match((await post({}, { key: 'another' })).json(), { status: 409, code: 'IDEMPOTENCY_KEY_IN_USE' }, 'until its time is over')
})

t.test('who died before anything was done is followed, once its time is over', async (t) => {
  const { fastify, post } = await build(t)
  await post()
  await keysOf(fastify).updateOne({}, { $set: { answer: null, holder: 'dead', held_until: new Date(Date.now() + 60_000) } })
  await fastify.documents.collection('transactions').deleteMany({})
  t.equal((await post()).statusCode, 409)
  await keysOf(fastify).updateOne({}, { $set: { held_until: new Date(Date.now() - 1) } })
  const answers = await Promise.all([post(), post()])

  t.ok(answers.some(({ statusCode }) => statusCode === 201))
  t.equal(await countOf(fastify), 1)
})

t.test('who is followed does nothing any more', async (t) => {
  const { fastify, post } = await build(t)
  const { transact } = fastify.ledger
  t.intercept(fastify.ledger, 'transact', {
    async value (work: Parameters<typeof transact>[0]) {
      await keysOf(fastify).updateOne({}, { $set: { holder: 'another' } })
      return await transact(work)
    }
  })

  t.match((await post()).json(), { status: 409, code: 'IDEMPOTENCY_KEY_IN_USE' })
  t.equal(await countOf(fastify), 0)
  t.match(await keysOf(fastify).findOne(), { holder: 'another', answer: null })
})

t.test('an answer is kept with what it tells of: whatever dies before it is sent, nothing is done twice', async (t) => {
  const { fastify, post } = await build(t)
  const { transact } = fastify.ledger
  const dying = t.intercept(fastify.ledger, 'transact', { value: async (work: Parameters<typeof transact>[0]) => { await transact(work); throw new Error('died') } })
  t.equal((await post()).statusCode, 500)
  dying.restore()
  t.equal(await countOf(fastify), 1)
  t.match(await post(), { statusCode: 201, headers: { 'idempotent-replayed': 'true' } })
  t.equal(await countOf(fastify), 1)
})

/** Keys of which somebody does `meddle` between two commands of a claim, after the second or before. */
function meddledWith (fastify: FastifyInstance, meddle: { before?: () => Promise<unknown>, after?: () => Promise<unknown> }) {
  const collection = keysOf(fastify)
  const findOne = async (filter: object) => {
    await meddle.before?.()
    const found = await collection.findOne(filter)
    await meddle.after?.()
    return found
  }
  const meddled = new Proxy(collection, { get: (target, name) => name === 'findOne' ? findOne : (target[name as keyof typeof target] as () => unknown).bind(target) })
  return createKeys({ documents: { ...fastify.documents, collection: () => meddled as never } })
}

t.test('a key that is given back while it is asked for is had at once', async (t) => {
  const { fastify } = await build(t)
  const wanted = { owner: 'user:1', key: KEY, fingerprint: 'x' }
  await fastify.idempotency.keys.claim(wanted)
  const keys = meddledWith(fastify, { before: () => keysOf(fastify).deleteMany({}) })

  t.match(await keys.claim(wanted), { outcome: 'held', hold: { _id: `user:1 ${KEY}` } })
})

t.test('of two who follow a dead one the second is told that the first is at it', async (t) => {
  const { fastify } = await build(t)
  const wanted = { owner: 'user:1', key: KEY, fingerprint: 'x' }
  await fastify.idempotency.keys.claim(wanted)
  await keysOf(fastify).updateOne({}, { $set: { held_until: new Date(0) } })
  const keys = meddledWith(fastify, { after: () => keysOf(fastify).updateOne({}, { $set: { holder: 'first' } }) })

  t.strictSame(await keys.claim(wanted), { outcome: 'busy' })
})

t.test('while keys cannot be claimed nothing is done', async (t) => {
  const { fastify } = await build(t)
  const away = { insertOne: async () => { throw new Error('away') } }
  const keys = createKeys({ documents: { ...fastify.documents, collection: () => away as never } })

  await t.rejects(keys.claim({ owner: 'user:1', key: KEY, fingerprint: 'x' }), { message: 'away' })
})
