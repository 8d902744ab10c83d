import { Long, ObjectId, type Document } from 'mongodb'
import t from 'tap'
import { codeOf, errorOf, open } from './helper.ts'

t.test('indexes are created, listed and dropped', async (t) => {
  const { things, db } = await open(t)
  t.same(await db.command({ createIndexes: 'things', indexes: [{ key: { a: 1 }, name: 'a_1' }] }), await db.command({ ping: 1 }).then(({ operationTime }) => ({ ok: 1, operationTime, numIndexesBefore: 1, numIndexesAfter: 2, createdCollectionAutomatically: true })))
  await things.createIndex({ a: 1 })
  await things.createIndex({ b: -1, 'c.d': 1 }, { unique: true, sparse: true, name: 'mine' })
  t.same(await things.indexes(), [
    { v: 2, key: { _id: 1 }, name: '_id_' }, { v: 2, key: { a: 1 }, name: 'a_1' }, { v: 2, key: { b: -1, 'c.d': 1 }, name: 'mine', unique: true, sparse: true }
  ])
  await things.createIndex({ _id: 1 })
  await things.dropIndex('mine')
  await db.command({ dropIndexes: 'things', index: { a: 1 } })
  await things.createIndexes([{ key: { x: 1 } }, { key: { y: 1 } }])
  await db.command({ dropIndexes: 'things', index: ['x_1', 'y_1'] })
  await things.createIndex({ z: 1 })
  await things.dropIndexes()
  t.equal((await things.indexes()).length, 1)
  t.equal(await codeOf(things.dropIndex('none')), 27)
  t.equal(await codeOf(db.command({ dropIndexes: 'things', index: { z: 1 } })), 27)
  t.equal(await codeOf(things.dropIndex('_id_')), 72)
  t.equal(await codeOf(db.collection('none').indexes()), 26)
})

t.test('what conflicts with an index, or cannot be one, is refused', async (t) => {
  const { things, db } = await open(t)
  await things.createIndex({ a: 1 })
  t.equal(await codeOf(things.createIndex({ a: 1 }, { unique: true })), 85)
  t.equal(await codeOf(things.createIndex({ a: 1 }, { name: 'other' })), 85)
  t.equal(await codeOf(things.createIndex({ b: 1 }, { name: 'a_1' })), 86)
  const refused: [Document, number][] = [
    [{ key: { a: 'text' }, name: 'x' }, 67], [{ key: { a: '2dsphere' }, name: 'x' }, 67], [{ key: { a: 'hashed' }, name: 'x' }, 67], [{ key: {}, name: 'x' }, 67], [{ key: { 'a..b': 1 }, name: 'x' }, 67], [{ key: { a: 1 }, name: '' }, 67],
    [{ key: { a: 1 }, name: 'x', collation: { locale: 'de' } }, 40415], [{ key: { a: 1, b: 1 }, name: 'x', expireAfterSeconds: 1 }, 67], [{ key: { a: 1 }, name: 'x', expireAfterSeconds: -1 }, 2], [{ key: { c: 1 }, name: 'x', sparse: true, partialFilterExpression: {} }, 67],
    [{ key: { c: 1 }, name: 'x', partialFilterExpression: { a: { $ne: 1 } } }, 67], [{ key: { c: 1 }, name: 'x', partialFilterExpression: { $and: [{ a: { $not: { $gt: 1 } } }] } }, 67]
  ]
  for (const [index, code] of refused) t.equal(await codeOf(db.command({ createIndexes: 'things', indexes: [index] })), code, JSON.stringify(index))
  t.equal(await codeOf(db.command({ createIndexes: 'things', indexes: [] })), 2)
  await things.createIndex({ x: 1, y: 1 })
  t.equal(await codeOf(things.insertOne({ x: [1, 2], y: [1, 2] })), 171)
})

t.test('a unique index refuses a second document with its key', async (t) => {
  const { things } = await open(t)
  await things.createIndex({ a: 1, b: -1 }, { unique: true })
  await things.insertMany([{ _id: 1, a: 1, b: 'x' }, { _id: 2, a: 1 }, { _id: 3, a: [5, 6] }] as Document[])
  t.match(await errorOf(things.insertOne({ a: 1.0, b: 'x' })), { code: 11000, keyPattern: { a: 1, b: -1 }, keyValue: { a: 1, b: 'x' }, message: 'E11000 duplicate key error collection: test.things index: a_1_b_-1 dup key: { a: 1, b: "x" }' })
  t.equal(await codeOf(things.insertOne({ a: Long.fromNumber(1) })), 11000, 'a missing field counts as null')
  t.equal(await codeOf(things.insertOne({ a: 6 })), 11000, 'each element of an array counts')
  t.equal(await codeOf(things.updateOne({ _id: 2 } as Document, { $set: { b: 'x' } })), 11000)
  t.equal(await codeOf(things.insertOne({ _id: 3 } as Document)), 11000)
  await things.updateOne({ _id: 1 } as Document, { $set: { a: 1, c: 1 } })
  await things.deleteOne({ _id: 1 } as Document)
  await things.insertOne({ a: 1, b: 'x' })
  const big = Long.fromString('9007199254740993')
  await things.insertOne({ a: big })
  await things.insertOne({ a: big.subtract(1) })
  t.equal(await codeOf(things.insertOne({ a: big })), 11000)
})

t.test('a unique index is not created over duplicates', async (t) => {
  const { things } = await open(t)
  await things.insertMany([{ a: new ObjectId('0123456789abcdef01234567') }, { a: new ObjectId('0123456789abcdef01234567') }])
  t.equal(await codeOf(things.createIndex({ a: 1 }, { unique: true })), 11000)
  t.equal((await things.indexes()).length, 1)
})

t.test('a sparse index holds only documents with its field', async (t) => {
  const { things } = await open(t)
  await things.createIndex({ a: 1 }, { unique: true, sparse: true })
  await things.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3, a: 1 }, { _id: 4, a: null }] as Document[])
  await things.db.collection('deep').createIndex({ 'a.b': 1 }, { unique: true, sparse: true })
  await things.db.collection('deep').insertMany([{ a: [1] }, { a: [1, 2] }, { a: [{ c: 1 }, 5] }, { a: [{ b: 1 }] }])
  const stages = async (filter: Document): Promise<string> => (await things.find(filter).explain()).queryPlanner.winningPlan.stage as string
  t.equal(await stages({ a: 1 }), 'FETCH')
  t.equal(await stages({ a: { $exists: true } }), 'COLLSCAN')
  t.equal(await stages({ a: null }), 'COLLSCAN', 'it does not hold them all')
  t.equal((await things.find({ a: null }).toArray()).length, 3)
  t.equal((await things.find().sort({ a: 1 }).toArray()).length, 4)
  t.equal((await things.find().hint('a_1').toArray()).length, 2)
})

t.test('a partial index serves the queries that imply its filter', async (t) => {
  const { things } = await open(t)
  await things.createIndex({ a: 1 }, { unique: true, partialFilterExpression: { state: 'open', n: { $gt: 5 }, x: { $exists: true }, $and: [{ k: { $type: 'string' } }] } })
  const good = { state: 'open', n: 6, x: 1, k: 's' }
  await things.insertMany([{ a: 1, ...good }, { a: 1, ...good, state: 'closed' }, { a: 1, ...good, n: 5 }])
  t.equal(await codeOf(things.insertOne({ a: 1, ...good })), 11000)
  const stage = async (filter: Document): Promise<string> => (await things.find({ a: 1, ...filter }).explain()).queryPlanner.winningPlan.stage as string
  const implied = { state: 'open', n: { $gt: 7 }, x: { $gt: 0 }, k: { $type: 'string' } }
  t.equal(await stage(implied), 'FETCH')
  t.equal(await stage({ ...implied, n: { $in: [6, 7] }, x: { $exists: true } }), 'FETCH')
  for (const miss of [{ state: 'closed' }, { n: { $gt: 4 } }, { n: { $in: [5, 6] } }, { x: null }, { k: { $type: 'int' } }, { state: /open/ }]) t.equal(await stage({ ...implied, ...miss }), 'COLLSCAN', JSON.stringify(miss))
  t.equal(await stage({}), 'COLLSCAN')
})

t.test('a TTL index lets documents go when their time has come', async (t) => {
  let now = 1_000_000
  const { things, db } = await open(t, { clock: () => now, ttlIntervalMs: 5 })
  await things.createIndex({ at: 1 }, { expireAfterSeconds: 60 })
  await things.insertMany([{ _id: 1, at: new Date(now) }, { _id: 2, at: new Date(now + 60_000) }, { _id: 3 }, { _id: 4, at: 'soon' }, { _id: 5, at: [new Date(now + 90_000), new Date(now)] }] as Document[])
  const left = async (): Promise<unknown[]> => (await things.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)
  const until = async (count: number): Promise<void> => { while ((await left()).length > count); }
  now += 59_999
  t.same(await left(), [1, 2, 3, 4, 5])
  now += 1
  await until(3)
  t.same(await left(), [2, 3, 4])

  await t.test('after a time that can be changed', async (t) => {
    t.match(await db.command({ collMod: 'things', index: { keyPattern: { at: 1 }, expireAfterSeconds: 0 } }), { expireAfterSeconds_old: 60, expireAfterSeconds_new: 0 })
    await until(2)
    t.same(await left(), [3, 4])
    await things.createIndex({ b: 1 })
    t.match(await db.command({ collMod: 'things', index: { name: 'b_1', expireAfterSeconds: 5 } }), { expireAfterSeconds_new: 5 })
    t.equal(await codeOf(db.command({ collMod: 'things', index: { name: 'b_1' } })), 72)
    t.equal(await codeOf(db.command({ collMod: 'things', index: { name: 'none', expireAfterSeconds: 5 } })), 27)
    t.equal(await codeOf(db.command({ collMod: 'none', index: { name: 'none', expireAfterSeconds: 5 } })), 26)
  })

  await t.test('but not what a transaction is writing', async (t) => {
    const session = things.db.client.startSession()
    session.startTransaction()
    await things.updateOne({ _id: 3 } as Document, { $set: { x: 1 } }, { session })
    await things.insertOne({ _id: 6, at: new Date(0) } as Document)
    await until(2)
    t.same(await left(), [3, 4])
    await session.abortTransaction()
    await session.endSession()
  })
})
