import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import ledger, { type Posting } from '../../../../plugins/app/ledger/index.ts'
import { addPerson } from '../../../people.ts'
import { buildRepositories } from '../../../services.ts'

async function build (t: Test) {
  const fastify = await buildRepositories(t)
  await fastify.register(ledger)
  await fastify.ready()
  return fastify
}

/** A user with a balance and the entry of that, in micro-USDT. */
async function addUser (fastify: FastifyInstance, name: string, balance: number): Promise<number> {
  const { user_id: id } = await addPerson(fastify, name, { balance: 0 })
  if (balance > 0) await move(fastify, { user_id: id, amount: balance })
  return id
}

const move = (fastify: FastifyInstance, posting: Pick<Posting, 'user_id' | 'amount'>) =>
  fastify.ledger.transact(({ post }) => post({ kind: 'adjustment', reference: 'test', ...posting }))

const usersOf = (fastify: FastifyInstance) => fastify.documents.collection('users')
const entriesOf = (fastify: FastifyInstance) => fastify.documents.collection('transactions')

async function stateOf (fastify: FastifyInstance, id: number) {
  const user = await usersOf(fastify).findOne({ user_id: id })
  const entries = await entriesOf(fastify).find({ user_id: id }).project<{ amount: number }>({ amount: 1 }).toArray()
  return { balance: user?.balance, sum: entries.reduce((sum, { amount }) => sum + amount, 0), count: entries.length }
}

async function differencesOf (fastify: FastifyInstance, batchSize?: number) {
  const found = []
  for await (const difference of fastify.ledger.differences(batchSize)) found.push(difference)
  return found
}

t.test('a balance changes with its entry', async (t) => {
  const fastify = await build(t)
  const id = await addUser(fastify, 'user', 1000)
  const entry = await fastify.ledger.transact(({ post }) => post({ user_id: id, kind: 'subscription', amount: -400, reference: 'plan' }))

  t.match(entry, { user_id: id, kind: 'subscription', amount: -400, status: 'completed', reference: 'plan', created_at: Date })
  t.strictSame(await entriesOf(fastify).findOne({ _id: entry._id }), entry)
  t.strictSame(await stateOf(fastify, id), { balance: 600, sum: 600, count: 2 })
})

t.test('what cannot be is refused, and leaves nothing', async (t) => {
  const fastify = await build(t)
  const id = await addUser(fastify, 'user', 1000)
  await t.rejects(move(fastify, { user_id: id, amount: -1001 }), { statusCode: 422, code: 'INSUFFICIENT_BALANCE' })
  await t.rejects(move(fastify, { user_id: id, amount: 999_999_999_999_000 }), { statusCode: 422, code: 'BALANCE_LIMIT' })
  await t.rejects(move(fastify, { user_id: id, amount: 0 }), { statusCode: 422, code: 'INVALID_AMOUNT' })
  await t.rejects(move(fastify, { user_id: 7, amount: 1 }), { statusCode: 404, name: 'NotFoundError' })
  await t.rejects(move(fastify, { user_id: 7, amount: -1 }), { statusCode: 404, name: 'NotFoundError' })
  t.strictSame(await stateOf(fastify, id), { balance: 1000, sum: 1000, count: 1 })
  await move(fastify, { user_id: id, amount: -1000 })
  t.equal((await stateOf(fastify, id)).balance, 0)
})

t.test('several entries are written together, or none of them', async (t) => {
  const fastify = await build(t)
  const [from, to] = [await addUser(fastify, 'from', 1000), await addUser(fastify, 'to', 0)]
  const transfer = (amount: number) => fastify.ledger.transact(async ({ post }) => {
    await post({ user_id: to, kind: 'adjustment', amount, reference: 'transfer' })
    await post({ user_id: from, kind: 'adjustment', amount: -amount, reference: 'transfer' })
  })
  await transfer(300)
  await t.rejects(transfer(800), { code: 'INSUFFICIENT_BALANCE' })
  await t.rejects(fastify.ledger.transact(async ({ post }) => {
    await post({ user_id: to, kind: 'adjustment', amount: 50, reference: 'transfer' })
    throw new Error('died')
  }), { message: 'died' })

  t.strictSame(await stateOf(fastify, from), { balance: 700, sum: 700, count: 2 })
  t.strictSame(await stateOf(fastify, to), { balance: 300, sum: 300, count: 1 })
})

t.test('of a hundred at once that need the whole balance one gets it', async (t) => {
  const fastify = await build(t)
  const id = await addUser(fastify, 'user', 1000)
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => move(fastify, { user_id: id, amount: -1000 })))

  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  t.strictSame(await stateOf(fastify, id), { balance: 0, sum: 0, count: 2 })
})

t.test('whoever asks afterwards is told the new balance, not a kept one', async (t) => {
  const fastify = await build(t)
  const id = await addUser(fastify, 'user', 1000)
  t.equal((await fastify.usersRepository.findById(id))?.balance, 1000)
  t.equal((await fastify.usersRepository.stats(id))?.transaction_count, 1)
  await move(fastify, { user_id: id, amount: 500 })

  t.equal((await fastify.usersRepository.findById(id))?.balance, 1500)
  t.equal((await fastify.usersRepository.stats(id))?.transaction_count, 2)
})

t.test('balances that are not the sum of their entries are found, each by its user', async (t) => {
  const fastify = await build(t)
  const [right, wrong, without] = [await addUser(fastify, 'right', 1000), await addUser(fastify, 'wrong', 1000), await addUser(fastify, 'without', 5)]
  await entriesOf(fastify).insertOne({ user_id: right, kind: 'withdrawal', amount: -700, status: 'pending', reference: 'waits', created_at: new Date() })
  t.strictSame(await differencesOf(fastify), [])

  await usersOf(fastify).updateOne({ user_id: wrong }, { $inc: { balance: 1 } })
  await entriesOf(fastify).deleteMany({ user_id: without })
  await entriesOf(fastify).insertOne({ user_id: 3, kind: 'deposit', amount: 20, status: 'completed', reference: 'of nobody', created_at: new Date() })
  const found = await differencesOf(fastify)
  t.strictSame(found, [
    { user_id: 3, balance: null, entries: 20 }, { user_id: wrong, balance: 1001, entries: 1000 }, { user_id: without, balance: 5, entries: 0 }
  ].sort((a, b) => a.user_id - b.user_id))
  for (const size of [1, 2]) t.strictSame(await differencesOf(fastify, size), found, `${size} users at a time`)
})

t.test('what is right again when it is looked at a second time is none', async (t) => {
  const fastify = await build(t)
  const ids: number[] = []
  for (const name of ['first', 'second', 'third']) ids.push(await addUser(fastify, name, 10))
  ids.sort((a, b) => a - b)
  await usersOf(fastify).updateMany({}, { $inc: { balance: 1 } })
  const differences = fastify.ledger.differences()
  t.match((await differences.next()).value, { user_id: ids[0] })
  await usersOf(fastify).updateOne({ user_id: Number(ids[1]) }, { $inc: { balance: -1 } })

  t.match((await differences.next()).value, { user_id: ids[2] })
  t.strictSame(await differences.next(), { done: true, value: undefined })
})

t.test('nothing is found that only changes meanwhile', async (t) => {
  const fastify = await build(t)
  const ids = [await addUser(fastify, 'a', 1e6), await addUser(fastify, 'b', 1e6)] as const
  let isOver = false
  const moving = (async () => {
    for (let n = 0; n < 60; n++) await move(fastify, { user_id: ids[n % 2] as number, amount: n % 3 === 0 ? -7 : 11 })
    isOver = true
  })()
  const found = []
  while (!await Promise.resolve(isOver)) found.push(...await differencesOf(fastify))
  await moving

  t.strictSame(found, [])
})

t.test('however money moves, every balance is the sum of its entries and never negative', async (t) => {
  const fastify = await build(t)
  const names = ['one', 'two', 'three']
  const ids: number[] = []
  for (const name of names) ids.push(await addUser(fastify, name, 50))
  const operation = fc.record({ who: fc.nat(2), amount: fc.integer({ min: -80, max: 80 }), other: fc.nat(2), fails: fc.boolean() })

  await fc.assert(fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 8 }), async (operations) => {
    await Promise.allSettled(operations.map(({ who, amount, other, fails }) => fastify.ledger.transact(async ({ post }) => {
      await post({ user_id: ids[who] as number, kind: 'adjustment', amount, reference: 'random' })
      await post({ user_id: ids[other] as number, kind: 'adjustment', amount: -amount, reference: 'random' })
      if (fails) throw new Error('died')
    })))
    for (const id of ids) {
      const { balance, sum } = await stateOf(fastify, id)
      if (balance !== sum || balance < 0) throw new Error(`${id} has ${balance}, its entries ${sum}`)
    }
  }), { numRuns: 25 })
  t.strictSame(await differencesOf(fastify), [])
})
