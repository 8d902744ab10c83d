import { BSON, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID, type Document } from 'mongodb'
import t from 'tap'
import { codeOf, errorOf, open } from './helper.ts'

t.test('every type that is stored comes back as it was', async (t) => {
  const { things } = await open(t)
  const doc = {
    _id: new ObjectId(),
    int: 5,
    double: new Double(5),
    zero: -0,
    long: Long.fromString('9223372036854775807'),
    uuid: new UUID(),
    date: new Date(5),
    regex: /a/i,
    timestamp: new Timestamp({ t: 1, i: 2 }),
    min: new MinKey(),
    max: new MaxKey(),
    nested: [{ x: [new Double(1)] }]
  }
  await things.insertOne(doc)
  await things.updateOne({}, { $set: { more: new Double(2) } })
  const found = await things.findOne({}, { promoteValues: false, bsonRegExp: true })
  t.equal(BSON.EJSON.stringify(found, { relaxed: false }), BSON.EJSON.stringify({ ...doc, more: new Double(2) }, { relaxed: false }))
})

t.test('types that queries could not compare are refused', async (t) => {
  const { things } = await open(t)
  t.equal(await codeOf(things.insertOne({ price: Decimal128.fromString('1.5') })), 238)
  t.equal(await codeOf(things.insertOne({ code: new BSON.Code('x') })), 238)
  t.equal(await codeOf(things.find({ _id: { $gt: new MinKey() } } as Document).toArray()), 238)
})

t.test('insert', async (t) => {
  const { things } = await open(t)
  await t.test('gives each document an _id, which comes first', async (t) => {
    await things.insertOne({ a: 1, _id: 7 } as Document)
    t.same(Object.keys((await things.findOne())!), ['_id', 'a'])
    await things.db.command({ insert: 'things', documents: [{ b: 1 }] })
    t.type((await things.findOne({ b: 1 }))?._id, ObjectId)
  })
  await t.test('stops at the first error, or reports each one if unordered', async (t) => {
    const docs = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as Document[]
    const error = await errorOf(things.insertMany(docs))
    t.match(error, { code: 11000, result: { insertedCount: 1 } })
    t.equal(await things.countDocuments({ _id: 2 } as Document), 0)
    await things.insertMany([...docs, { _id: 3 } as Document], { ordered: false }).catch(() => {})
    t.equal(await things.countDocuments({ _id: { $in: [2, 3] } } as Document), 2)
  })
  await t.test('refuses what cannot be stored', async (t) => {
    t.equal(await codeOf(things.insertOne({ _id: [1] } as Document)), 2)
    t.equal(await codeOf(things.insertOne({ $a: 1 })), 52)
    t.equal(await codeOf(things.db.command({ insert: 'things', documents: [] })), 16)
    t.equal(await codeOf(things.db.command({ insert: 'things' })), 40414)
    t.equal(await codeOf(things.db.command({ insert: 'things', documents: [1] })), 14)
    const big = 'x'.repeat(9_000_000)
    await things.insertOne({ _id: 'big', big } as Document)
    t.equal(await codeOf(things.updateOne({ _id: 'big' } as Document, { $set: { more: big } })), 10334)
    let deep: Document = {}
    for (let i = 0; i < 200; i++) deep = { deep }
    t.equal(await codeOf(things.insertOne(deep)), 2)
    const evil = JSON.parse('{ "__proto__": 1 }') as Document
    t.equal(await codeOf(things.insertOne(evil)), 2)
  })
})

t.test('a field called like a method of objects is a field like others', async (t) => {
  const { things } = await open(t)
  await things.insertMany([{ a: 1 }, { toString: 1 }])
  t.equal(await things.countDocuments({ toString: 1 }), 1)
  t.equal(await things.countDocuments({ constructor: { $exists: true } }), 0)
})

t.test('update', async (t) => {
  const { things } = await open(t)
  t.beforeEach(async () => {
    await things.deleteMany({})
    await things.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3, a: 2 }] as Document[])
  })
  await t.test('changes one document, in the order of a sort if given, or every match', async (t) => {
    t.match(await things.updateOne({ a: 2 }, { $inc: { a: 1 } }), { matchedCount: 1, modifiedCount: 1 })
    t.match(await things.updateMany({}, { $set: { b: 1 } }), { matchedCount: 3, modifiedCount: 3 })
    t.match(await things.updateMany({}, { $set: { b: 1 } }), { matchedCount: 3, modifiedCount: 0 })
    await things.updateOne({}, { $set: { last: true } }, { sort: { _id: -1 } })
    t.match(await things.findOne({ last: true }), { _id: 3 })
  })
  await t.test('upserts the equalities of the query', async (t) => {
    const { upsertedId } = await things.updateOne({ a: 9, 'b.c': 1, d: { $gt: 5 } }, { $set: { x: 1 }, $setOnInsert: { y: 2 } }, { upsert: true })
    t.same(await things.findOne({ a: 9 }), { _id: upsertedId, a: 9, b: { c: 1 }, x: 1, y: 2 })
    await things.replaceOne({ _id: 8, a: 1 } as Document, { z: 1 }, { upsert: true })
    t.same(await things.findOne({ z: 1 }), { _id: 8, z: 1 })
    await things.replaceOne({ a: 77 }, { z: 2 }, { upsert: true })
    t.same(Object.keys((await things.findOne({ z: 2 }))!), ['_id', 'z'])
    t.equal(await codeOf(things.updateOne({ _id: 50 } as Document, { $set: { _id: 51 } }, { upsert: true })), 66)
  })
  await t.test('replaces but keeps the _id', async (t) => {
    await things.replaceOne({ _id: 1 } as Document, { z: 1 })
    t.same(await things.findOne({ _id: 1 } as Document), { _id: 1, z: 1 })
    t.equal(await codeOf(things.replaceOne({ _id: 1 } as Document, { _id: 5 })), 66)
    t.equal(await codeOf(things.db.command({ update: 'things', updates: [{ q: {}, u: { z: 1 }, multi: true }] })), 9)
  })
  await t.test('sees variables and pipelines', async (t) => {
    await things.updateOne({ _id: 1 } as Document, [{ $set: { a: { $add: ['$a', '$$n'] } } }, { $project: { a: 1 } }], { let: { n: 5 } })
    t.same(await things.findOne({ _id: 1 } as Document), { _id: 1, a: 6 })
    await things.updateOne({ $expr: { $eq: ['$a', '$$n'] } }, [{ $replaceWith: { b: '$a' } }], { let: { n: 6 } })
    t.same(await things.findOne({ _id: 1 } as Document), { _id: 1, b: 6 })
  })
  await t.test('reaches into arrays', async (t) => {
    await things.updateOne({ _id: 1 } as Document, { $set: { list: [{ k: 1, v: [1, 2] }, { k: 2, v: [3] }], flat: [5, 6, 7] } })
    await things.updateOne({}, { $inc: { 'list.$[e].v.$[]': 10 } }, { arrayFilters: [{ 'e.k': 1 }] })
    await things.updateOne({ flat: { $gt: 5 } }, { $set: { 'flat.$': 0 } })
    await things.updateOne({ 'list.k': 2 }, { $set: { 'list.$.k': 9 } })
    await things.updateOne({}, { $unset: { 'flat.0': 1 } })
    t.same(await things.findOne({ _id: 1 } as Document), { _id: 1, a: 1, list: [{ k: 1, v: [11, 12] }, { k: 9, v: [3] }], flat: [null, 0, 7] })
    await things.updateOne({}, { $push: { flat: { $each: [4], $sort: -1 } }, $set: { 'list.0.v.4': 1 } } as Document)
    t.match(await things.findOne({ _id: 1 } as Document), { flat: [7, 4, 0, null], list: [{ v: [11, 12, null, null, 1] }, {}] })
    await things.updateOne({}, { $push: { list: { $each: [{ k: 0 }], $sort: { k: 1 } } } } as Document)
    t.match(await things.findOne({ _id: 1 } as Document), { list: [{ k: 0 }, { k: 1 }, { k: 9 }] })
    await things.updateOne({}, { $pull: { flat: [1] } } as Document)
    t.match(await things.findOne({ _id: 1 } as Document), { flat: [7, 4, 0, null] })
  })
  await t.test('leaves alone what is not there', async (t) => {
    const nothing = { $pop: { x: 1 }, $pull: { y: 1 }, $unset: { z: 1, 'a.b': 1 }, $addToSet: { set: { $each: [] } } } as Document
    await things.updateOne({ _id: 1 } as Document, nothing)
    t.same(await things.findOne({ _id: 1 } as Document), { _id: 1, a: 1, set: [] })
    t.match(await things.updateOne({ _id: 1 } as Document, { $unset: { 'set.x': 1 }, $pop: { 'no.thing': 1 } }), { modifiedCount: 0 })
    t.match(await things.updateOne({ _id: 1 } as Document, { $pop: { set: 1 } }), { modifiedCount: 0 })
  })
  await t.test('knows the time', async (t) => {
    await things.updateOne({ _id: 1 } as Document, { $currentDate: { d: true, e: { $type: 'date' }, t: { $type: 'timestamp' } } } as Document)
    t.match(await things.findOne({ _id: 1 } as Document), { d: Date, e: Date, t: Timestamp })
  })
  await t.test('refuses what has no one meaning', async (t) => {
    const refused: [Document | Document[], number, Document?][] = [
      [{ $set: 5 }, 9], [{ $currentDate: { a: 'x' } }, 2], [{ $push: { a: { $each: 1 } } }, 2], [{ $push: { a: { $each: [], $foo: 1 } } }, 2], [{ $push: { n: { $each: [], $slice: 'x' } } }, 2],
      [{ $push: { n: { $each: [], $sort: 5 } } }, 2], [{ $rename: { a: 1 } }, 2], [{ $rename: { a: 'b.$' } }, 2], [{ $pullAll: { a: 1 } }, 2], [{ $set: { 'a.$': 1 } }, 2], [{ $set: { 'n.$[x]': 1 } }, 2], [{ $set: { $a: 1 } }, 52],
      [{ $set: { 'n.$[y]': 1 } }, 2, { arrayFilters: [] }], [{ $set: { a: 1 } }, 9, { arrayFilters: [{ x: 1 }] }], [{ $set: { a: 1 } }, 9, { arrayFilters: [{ x: 1, y: 1 }] }], [{ $set: { 'n.2000000': 1 } }, 2], [{ $set: { 'list.$': 1 } }, 2], [{ $mul: { a: 'x' } }, 14]
    ]
    await things.updateOne({ _id: 1 } as Document, { $set: { n: [1], list: [1] } })
    for (const [u, code, options] of refused) t.equal(await codeOf(things.updateOne({ _id: 1 } as Document, u, options)), code, JSON.stringify(u))
    t.equal(await codeOf(things.updateOne({ 'n.x': 1, n: 1 }, { $set: { 'n.$': 1 } }, { upsert: true })), 2)
    t.equal(await codeOf(things.updateOne({ n: 1, 'n.0': 1 }, { $set: { 'n.$': 1 } })), 238)
    t.equal(await codeOf(things.updateOne({ n: { $in: [1] }, list: 1 }, { $set: { 'a.$': 1 } })), 2)
    t.equal(await codeOf(things.db.command({ update: 'things', updates: [{ q: {}, u: 5 }] })), 9)
    t.equal(await codeOf(things.db.command({ update: 'things', updates: [{ q: {}, u: {}, collation: {} }] })), 40415)
  })
})

t.test('delete removes one document or every match', async (t) => {
  const { things } = await open(t)
  await things.insertMany([{ a: 1 }, { a: 1 }, { a: 2 }])
  t.equal((await things.deleteOne({ a: 1 })).deletedCount, 1)
  t.equal((await things.deleteMany({})).deletedCount, 2)
  t.equal((await things.deleteMany({})).deletedCount, 0)
  t.equal(await codeOf(things.db.command({ delete: 'things', deletes: [{ q: {}, limit: 5 }] })), 9)
})

t.test('findAndModify answers with the document before or after', async (t) => {
  const { things } = await open(t)
  await things.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 2 }] as Document[])
  t.same(await things.findOneAndUpdate({ a: { $gt: 0 } }, { $inc: { a: 10 } }, { sort: { a: -1 } }), { _id: 2, a: 2 })
  t.same(await things.findOneAndUpdate({ _id: 1 } as Document, { $inc: { a: 1 } }, { returnDocument: 'after', projection: { _id: 0 } }), { a: 2 })
  t.same(await things.findOneAndReplace({ _id: 1 } as Document, { b: 1 }, { returnDocument: 'after' }), { _id: 1, b: 1 })
  t.same(await things.findOneAndUpdate({ _id: 9 } as Document, { $set: { c: 1 } }, { upsert: true, returnDocument: 'after' }), { _id: 9, c: 1 })
  t.equal(await things.findOneAndUpdate({ _id: 10 } as Document, { $set: { c: 1 } }, { upsert: true }), null)
  t.match(await things.findOneAndUpdate({ _id: 1 } as Document, { $set: { b: 1 } }, { includeResultMetadata: true, returnDocument: 'after' }), { lastErrorObject: { n: 1, updatedExisting: true }, value: { b: 1 } })
  t.same(await things.findOneAndDelete({ b: 1 }), { _id: 1, b: 1 })
  t.equal(await things.findOneAndDelete({ b: 1 }), null)
  t.equal(await codeOf(things.db.command({ findAndModify: 'things' })), 9)
  t.equal(await codeOf(things.db.command({ findAndModify: 'things', remove: true, new: true })), 9)
  t.equal(await codeOf(things.findOneAndUpdate({ _id: 9 } as Document, { $set: { _id: 1 } })), 66)
})

t.test('find', async (t) => {
  const { things } = await open(t)
  await things.insertMany(Array.from({ length: 250 }, (_, i) => ({ _id: i, a: i % 7, s: `s${i}` })) as Document[])
  t.equal((await things.find().toArray()).length, 250, 'in several batches')
  t.same(await things.find({}, { projection: { _id: 1 } }).sort({ _id: -1 }).skip(2).limit(2).toArray(), [{ _id: 247 }, { _id: 246 }])
  t.equal((await things.find().limit(-3).toArray()).length, 3)
  t.equal((await things.find({ a: 1 }).batchSize(2).toArray()).length, 36)
  t.equal(await things.countDocuments({ a: 1 }, { skip: 30, limit: 10 }), 6)
  t.equal(await things.estimatedDocumentCount(), 250)
  t.same(await things.distinct('a', { _id: { $lt: 3 } } as Document), [0, 1, 2])
  t.same(await things.find({ $expr: { $gt: ['$_id', '$$n'] } }, { let: { n: 248 } }).toArray(), [{ _id: 249, a: 4, s: 's249' }])
  t.same(await things.find({ $comment: 'why', _id: 5 } as Document).project({ double: { $multiply: ['$a', 2] } }).toArray(), [{ _id: 5, double: 10 }])
  t.equal(await things.db.collection('none').countDocuments(), 0)
})
