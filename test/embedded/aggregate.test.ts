import { Binary, Double, Long, ObjectId, Timestamp, type Document } from 'mongodb'
import t from 'tap'
import { open } from './helper.ts'

t.test('pipelines', async (t) => {
  const { things, db } = await open(t)
  await things.insertMany([
    { _id: 1, g: 'a', n: 1, tags: ['x', 'y'], o: { p: 1, q: 2 }, list: [{ v: 1, w: 1 }, { v: 2 }, 5] },
    { _id: 2, g: 'b', n: 2, tags: [], o: { p: 3 } },
    { _id: 3, g: 'a', n: Long.fromString('9007199254740993'), o: 5 },
    { _id: 4, g: null, n: new Double(2), tags: 'z' },
    { _id: 5, n: 'text', tags: null }
  ] as Document[])
  const run = (...pipeline: Document[]): Promise<Document[]> => things.aggregate(pipeline, { promoteLongs: false }).toArray()

  await t.test('group, with null and missing as one', async (t) => {
    const [first, , third] = await run({ $group: { _id: '$g', sum: { $sum: '$n' }, ids: { $push: '$_id' }, tags: { $addToSet: '$tags' }, objects: { $mergeObjects: { $cond: [{ $eq: ['$g', 'a'] }, null, '$o'] } } } }, { $sort: { _id: 1 } })
    t.same(first, { _id: null, sum: 2, ids: [4, 5], tags: ['z', null], objects: {} })
    t.same(third, { _id: 'b', sum: 2, ids: [2], tags: [[]], objects: { p: 3 } })
    t.same((await run({ $match: { g: 'a' } }, { $group: { _id: null, sum: { $sum: '$n' } } }))[0]?.sum, Long.fromString('9007199254740994'))
    t.same(await run({ $group: { _id: '$n' } }, { $count: 'n' }), [{ n: 4 }], '2 and 2.0 are one key')
  })

  await t.test('take the first and the last, the least and the greatest', async (t) => {
    const [doc] = await run({ $sort: { _id: -1 } }, { $group: { _id: { nope: '$nope' }, first: { $first: '$g' }, last: { $last: '$nope' }, min: { $min: '$_id' }, max: { $max: '$_id' } } })
    t.same(doc, { _id: {}, first: null, last: null, min: 1, max: 5 })
  })

  await t.test('see bare numbers where doubles were stored', async (t) => {
    await db.collection('doubles').insertOne({ list: [new Double(1), new Double(2)], o: { d: new Double(3) } })
    t.same(await db.collection('doubles').aggregate([{ $project: { _id: 0, sum: { $sum: '$list' }, d: { $add: ['$o.d', 1] }, 'x.y.z': '$o.d' } }]).toArray(), [{ sum: 3, d: 4, x: { y: { z: 3 } } }])
  })

  await t.test('unwind arrays, and single values', async (t) => {
    t.same(await run({ $unwind: '$tags' }, { $project: { tags: 1 } }), [{ _id: 1, tags: 'x' }, { _id: 1, tags: 'y' }, { _id: 4, tags: 'z' }])
    const kept = await run({ $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } }, { $project: { tags: 1, i: 1 } })
    t.same(kept.map((doc) => [doc._id as number, doc.tags as unknown, doc.i === null ? null : Number(doc.i)]), [[1, 'x', 0], [1, 'y', 1], [2, undefined, null], [3, undefined, null], [4, 'z', null], [5, null, null]])
    t.same(await run({ $match: { _id: 1 } }, { $set: { 'o.p': ['a', 'b'] } }, { $unwind: '$o.p' }, { $project: { 'o.p': 1 } }), [{ _id: 1, o: { p: 'a' } }, { _id: 1, o: { p: 'b' } }])
    t.same(await run({ $match: { _id: 3 } }, { $unwind: '$o.p' }), [])
  })

  await t.test('project and add fields inside documents and arrays', async (t) => {
    t.same(await run({ $match: { _id: 1 } }, { $project: { 'list.v': 1, o: { q: 1 } } }), [{ _id: 1, o: { q: 2 }, list: [{ v: 1 }, { v: 2 }] }])
    t.same(await run({ $match: { _id: 1 } }, { $project: { 'list.v': 0, o: 0, tags: 0, n: false } }), [{ _id: 1, g: 'a', list: [{ w: 1 }, {}, 5] }])
    t.same(await run({ $match: { _id: 1 } }, { $project: { _id: 0 } }, { $project: { g: 1 } }), [{ g: 'a' }])
    t.same(await run({ $match: { _id: 1 } }, { $project: { _id: 1 } }), [{ _id: 1 }])
    t.same(await run({ $match: { _id: 2 } }, { $project: { _id: 0, 'o.sum': { $add: ['$n', 1] }, 'new.x': '$n', text: 'literal' } }), [{ o: { sum: 3 }, new: { x: 2 }, text: 'literal' }])
    t.same(await run({ $match: { _id: 3 } }, { $project: { 'o.x': 1, 'g.y': '$_id' } }), [{ _id: 3, g: { y: 3 } }])
    t.same(await run({ $match: { _id: 1 } }, { $addFields: { 'list.z': '$n', n: '$$REMOVE', 'new.a': 1 } }, { $unset: ['tags', 'o', 'g'] }), [{ _id: 1, list: [{ v: 1, w: 1, z: 1 }, { v: 2, z: 1 }, { z: 1 }], new: { a: 1 } }])
    t.same(await things.findOne({ _id: 1 } as Document, { projection: { list: 1, _id: 0 } }), { list: [{ v: 1, w: 1 }, { v: 2 }, 5] }, 'stored documents stay as they are')
  })

  await t.test('use variables, system ones included', async (t) => {
    const [doc] = await things.aggregate([{ $match: { _id: 1 } }, { $project: { sum: { $add: ['$n', '$$x'] }, root: '$$ROOT._id', now: '$$NOW', current: '$$CURRENT.n' } }], { let: { x: 5 } }).toArray()
    t.match(doc, { _id: 1, sum: 6, root: 1, current: 1, now: Date })
  })

  await t.test('sample without repeating', async (t) => {
    t.equal(new Set((await run({ $sample: { size: 3 } })).map(({ _id }) => _id as number)).size, 3)
    t.equal((await run({ $sample: { size: 50 } })).length, 5)
  })

  await t.test('facet, union, replace, skip and count', async (t) => {
    const [facets] = await run({ $facet: { all: [{ $count: 'n' }], some: [{ $sort: { _id: -1 } }, { $skip: 1 }, { $limit: 1 }, { $project: { _id: 1 } }] } })
    t.same(facets, { all: [{ n: 5 }], some: [{ _id: 4 }] })
    await db.collection('more').insertOne({ _id: 9, o: { p: 9 } } as Document)
    t.same(await run({ $match: { o: { $type: 'object' } } }, { $unionWith: 'more' }, { $replaceWith: '$o' }, { $match: { p: { $gt: 1 } } }), [{ p: 3 }, { p: 9 }])
    t.same(await run({ $sortByCount: '$g' }, { $match: { count: 2 } }, { $count: 'twice' }), [{ twice: 2 }])
    t.same(await run({ $match: { _id: { $lt: 4 } } }, { $match: { _id: { $gt: 1 } } }, { $skip: 1 }, { $project: { _id: 1 } }), [{ _id: 3 }])
    t.same(await run({ $match: { _id: { $lt: 4 } } }, { $limit: 2 }, { $limit: 1 }, { $project: { _id: 1 } }), [{ _id: 1 }])
  })

  await t.test('name the type of every value', async (t) => {
    const values = { a: new Binary(Buffer.from('x')), b: new ObjectId(), c: new Timestamp(0n), d: { $literal: null }, e: { $literal: {} }, f: 1.5, g: true, h: '$nope' }
    const [doc] = await run({ $limit: 1 }, { $project: { _id: 0, ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { $type: value }])) } })
    t.same(doc, { a: 'binData', b: 'objectId', c: 'timestamp', d: 'null', e: 'object', f: 'double', g: 'bool', h: 'missing' })
  })
})

t.test('arrays sort by their least or greatest element, and nothing in an array like null', async (t) => {
  const { things } = await open(t)
  await things.insertMany([{ _id: 1, a: [5, 1] }, { _id: 2, a: [2, 3, 4] }, { _id: 3, a: [] }, { _id: 4, a: null }, { _id: 5, a: [{ b: 2 }, { b: 9 }] }, { _id: 6, a: [7] }] as Document[])
  const ids = async (sort: Record<string, 1 | -1>): Promise<number[]> => (await things.find().sort(sort).toArray()).map(({ _id }) => Number(_id))
  t.same(await ids({ a: 1, _id: 1 }), [3, 4, 1, 2, 6, 5])
  t.same(await ids({ a: -1, _id: 1 }), [5, 6, 1, 2, 4, 3])
  t.same(await ids({ 'a.b': -1, _id: 1 }), [5, 1, 2, 3, 4, 6])
})

t.test('values of every type have their place in the order', async (t) => {
  const { things } = await open(t)
  const values = [null, -Infinity, -1.5, -1, 0, 1, Long.fromString('9007199254740992'), Long.fromString('9007199254740993'), 1e300, '', 'a', 'a\0', 'a\0b', 'ab', '\ue000', '😀', {}, { a: 1 }, { a: 1, b: 1 }, { b: 0 }, { a: 'x' },
    new Binary(Buffer.from('z')), new Binary(Buffer.from('ab')), new ObjectId('000000000000000000000001'), new ObjectId('000000000000000000000002'), false, true, new Date(-5), new Date(5), new Timestamp({ t: 1, i: 1 }), new Timestamp({ t: 1, i: 2 }), /a/, /b/i]
  await things.insertMany(values.map((a, _id) => ({ _id, a })) as Document[])
  const ids = async (order: 1 | -1): Promise<number[]> => (await things.find().sort({ a: order }).toArray()).map(({ _id }) => Number(_id))
  const forward = await ids(1)
  t.same(forward, values.map((_, i) => i))
  t.same(await ids(-1), [...forward].reverse())
  for (const key of [{ a: 1 }, { a: -1 }] as Record<string, 1 | -1>[]) {
    await things.createIndex(key)
    t.same(await ids(1), forward)
    t.same(await ids(-1), [...forward].reverse())
    await things.dropIndexes()
  }
})
