import { Binary, BSON, Double, Int32, Long, ObjectId, type Collection, type Document } from 'mongodb'

/** An operation on a collection that holds `docs`; both engines must answer alike. */
export interface Case { name: string, docs: Document[], run: (things: Collection) => Promise<unknown>, reads?: boolean }

const { EJSON } = BSON
const id = (n: number): ObjectId => new ObjectId(n.toString(16).padStart(24, '0'))
export const shown = (value: unknown): string => EJSON.stringify(value, { relaxed: true })
const day = (n: number): Date => new Date(Date.UTC(2026, 0, n, 10, 30, 15, 250))

export const mixed: Document[] = [
  { _id: 1, a: null }, { _id: 2 }, { _id: 3, a: 1 }, { _id: 4, a: 1.5 }, { _id: 5, a: Long.fromString('9007199254740993') },
  { _id: 6, a: 'x' }, { _id: 7, a: '' }, { _id: 8, a: { b: 1 } }, { _id: 9, a: { b: 1, c: 2 } }, { _id: 10, a: [] },
  { _id: 11, a: [1, 2] }, { _id: 12, a: [[1, 2]] }, { _id: 13, a: [{ b: 1 }, { b: 3 }] }, { _id: 14, a: new Binary(Buffer.from('xy')) },
  { _id: 15, a: id(7) }, { _id: 16, a: true }, { _id: 17, a: false }, { _id: 18, a: day(1) }, { _id: 19, a: -0 }, { _id: 20, a: [null] },
  { _id: 21, a: ['x', 'y'] }, { _id: 22, a: new Double(1) }, { _id: 23, a: -5 }, { _id: 24, a: { b: [1, { c: 2 }] } }, { _id: 25, a: 'X y' }
]

export const filters: Document[] = [
  { a: null }, { a: 1 }, { a: { $in: [1, null, 'x'] } }, { a: { $ne: null } }, { a: { $nin: [1, 'x'] } }, { a: { $gt: 0 } }, { a: { $gte: 1 } },
  { a: { $lt: 2 } }, { a: { $lte: null } }, { a: { $gt: '' } }, { a: { $gte: '' } }, { a: { $gt: day(0) } }, { a: { $gte: id(1) } },
  { a: { $gt: false } }, { a: [] }, { a: [1, 2] }, { a: { $in: [[1, 2], []] } }, { a: { $gt: [1] } }, { a: { b: 1 } }, { a: { $gt: { b: 1 } } },
  { 'a.b': 1 }, { 'a.b': null }, { 'a.b': { $exists: true } }, { 'a.b': { $exists: false } }, { 'a.0': 1 }, { 'a.b.c': 2 }, { 'a.0.b': 1 },
  { a: { $size: 2 } }, { a: { $size: 0 } }, { a: { $type: 'array' } }, { a: { $type: 'number' } }, { a: { $type: ['string', 'bool'] } }, { a: { $type: 10 } },
  { a: { $type: 'double' } }, { a: { $type: 'int' } }, { a: { $type: 'long' } }, { a: { $mod: [2, 1] } }, { a: { $all: [1, 2] } }, { a: { $all: [[1, 2]] } },
  { a: { $elemMatch: { b: { $gt: 1 } } } }, { a: { $elemMatch: { $gt: 1 } } }, { a: { $elemMatch: { $eq: 1 } } }, { a: /x/ }, { a: /X/i }, { a: { $not: /x/ } },
  { a: { $not: { $gt: 1 } } }, { a: { $regex: '^x', $options: 'i' } }, { a: { $in: [/^x/] } }, { $or: [{ a: 1 }, { a: 'x' }] }, { $nor: [{ a: 1 }, { a: null }] },
  { $and: [{ a: { $gt: 0 } }, { a: { $lt: 2 } }] }, { a: { $gt: 1, $lt: 2 } }, { a: { $exists: false } }, { $expr: { $eq: ['$a', null] } }, { $expr: { $gt: ['$a', 1] } },
  { a: Long.fromNumber(1) }, { a: new Double(1) }, { a: { $eq: [1, 2] } }, { a: { $ne: [1, 2] } }, { a: { $all: [] } }, { a: {} }, { a: { $gte: NaN } }, { a: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { b: 3 } }] } }, { a: { $all: [/x/, 'y'] } }, { a: { $elemMatch: { $size: 2 } } }, { a: { $elemMatch: { $type: 'null' } } }, { a: { $regex: /X/, $options: 'i' } }, { a: { $regex: /y/ } }, { a: Long.fromString('9007199254740993') },
  { a: { $gt: Long.fromString('9007199254740992') } }, ...['binData', 'objectId', 'date', 'timestamp', 'minKey', 'maxKey', 'regex', 'decimal', 'object', 'null'].map(($type) => ({ a: { $type } }))
]

const found = (things: Collection, filter: Document): Promise<unknown> => things.find(filter).sort({ _id: 1 }).toArray()

const find: Case[] = [
  ...filters.map((filter): Case => ({ name: `find ${shown(filter)}`, docs: mixed, reads: true, run: (things) => found(things, filter) })),
  // what comes after it finds the index, and the same documents
  { name: 'an index', docs: mixed, reads: true, run: (things) => things.createIndex({ a: 1 }) },
  ...filters.map((filter): Case => ({ name: `find by index ${shown(filter)}`, docs: mixed, reads: true, run: (things) => found(things, filter) }))
]

const sorts: Case[] = ([{ a: 1, _id: 1 }, { a: -1, _id: 1 }, { 'a.b': 1, _id: -1 }] as Record<string, 1 | -1>[]).map((sort) =>
  ({ name: `sort ${shown(sort)}`, docs: mixed, reads: true, run: (things) => things.find().sort(sort).project({ _id: 1 }).toArray() }))

export const base: Document = { _id: 1, n: 5, l: Long.fromNumber(7), d: new Double(2), s: 'text', arr: [3, 1, 2], docs: [{ k: 1, v: 1 }, { k: 2, v: 2 }], o: { x: 1 }, z: null, t: day(3) }

export const updates: (Document | Document[])[] = [
  { $set: { n: 6, 'o.y': 2, 'arr.1': 9, 'new.deep': 1 } }, { $set: { 's.x': 1 } }, { $set: { 'z.x': 1 } }, { $set: { 'arr.5': 1 } }, { $set: { 'arr.x': 1 } }, { $unset: { n: 1, 'o.x': 1, 'arr.0': 1, none: 1 } },
  { $inc: { n: 1, l: 2, d: 1, missing: 3 } }, { $inc: { n: 1.5 } }, { $inc: { s: 1 } }, { $inc: { z: 1 } }, { $inc: { n: 'x' } }, { $inc: { n: 2147483647 } }, { $inc: { l: Long.MAX_VALUE } }, { $mul: { n: 3, missing: 2 } },
  { $min: { n: 3, s: 1, fresh: 1 } }, { $max: { n: 9, s: 1, z: 0 } }, { $rename: { n: 'm', 'o.x': 'q' } }, { $rename: { none: 'm' } }, { $push: { arr: 4 } }, { $push: { fresh: 4 } }, { $push: { s: 1 } },
  { $push: { arr: { $each: [9, 8], $position: 1 } } }, { $push: { arr: { $each: [0], $sort: 1, $slice: 2 } } }, { $push: { arr: { $each: [], $slice: -2 } } }, { $push: { docs: { $each: [{ k: 0, v: 0 }], $sort: { k: -1 } } } },
  { $addToSet: { arr: 1 } }, { $addToSet: { arr: { $each: [1, 7, 7] } } }, { $addToSet: { docs: { k: 1, v: 1 } } }, { $addToSet: { docs: { v: 1, k: 1 } } }, { $pop: { arr: 1 } }, { $pop: { arr: -1 } }, { $pop: { s: 1 } }, { $pop: { arr: 2 } },
  { $pull: { arr: 1 } }, { $pull: { arr: { $gt: 1 } } }, { $pull: { docs: { k: 1 } } }, { $pull: { docs: { v: { $gte: 2 } } } }, { $pull: { arr: { $in: [1, 2] } } }, { $pullAll: { arr: [1, 3] } }, { $pull: { s: 1 } },
  { $set: { _id: 2 } }, { $set: { _id: 1 } }, { $inc: { n: 1 }, $set: { n: 2 } }, { $set: { o: 1, 'o.x': 2 } }, { $set: {} }, { $foo: { a: 1 } }, { $set: { 'arr.$[]': 0 } }, { $inc: { 'docs.$[].v': 1 } },
  { $set: { b: 1, a: 2 } }, { $set: { n: 5 } }, { $setOnInsert: { n: 9 } }, { $set: { 'a..b': 1 } }, { $set: { 'docs.0.v': 5 } }, [{ $set: { n: { $add: ['$n', 1] }, total: { $sum: '$arr' } } }], [{ $unset: 'o' }], [{ $replaceWith: { only: '$n' } }], [{ $match: { n: 1 } }], { $set: { 'arr.0': 3 } }, { $min: { 'arr.0': 5 } }, { $max: { 'deep.er': 1 } }
]

const update: Case[] = updates.map((change) => ({
  name: `update ${shown(change)}`,
  docs: [base],
  run: async (things) => [(await things.updateOne({ _id: 1 } as Document, change)).modifiedCount, await things.findOne({}, { promoteValues: false })]
}))

const upserts: Case[] = ([
  [{ _id: 5, a: 1, 'b.c': 2, d: { $gt: 1 } }, { $set: { x: 1 } }], [{ a: 1 }, { $setOnInsert: { _id: 7, q: 1 }, $inc: { n: 2 } }], [{ _id: 8 }, { $set: { _id: 9 } }], [{ $and: [{ a: 3 }, { _id: 4 }] }, { $set: { b: 1 } }]
] as [Document, Document][]).map(([filter, change]) => ({ name: `upsert ${shown([filter, change])}`, docs: [], run: async (things) => [await things.updateOne(filter, change, { upsert: true }), await things.findOne()] }))

export const rows: Document[] = Array.from({ length: 12 }, (_, i) => ({ _id: i, g: i % 3, n: i, f: i / 4, l: Long.fromNumber(i * 1e10), s: `s${i}`, tags: i % 2 ? ['a', `t${i}`] : [], at: day(i + 1), sub: { v: i, w: [i] }, nested: [[{ b: 1 }], { b: i }, 5, { c: { d: i } }], ...(i % 4 ? { opt: i } : {}) }))

export const pipelines: Document[][] = [
  [{ $group: { _id: '$g', sum: { $sum: '$n' }, long: { $sum: '$l' }, avg: { $avg: '$f' }, min: { $min: '$n' }, max: { $max: '$s' }, c: { $sum: 1 } } }, { $sort: { _id: 1 } }],
  [{ $sort: { _id: 1 } }, { $group: { _id: { g: '$g' }, first: { $first: '$n' }, last: { $last: '$opt' }, all: { $push: '$opt' }, count: { $count: {} } } }, { $sort: { '_id.g': 1 } }], [{ $group: { _id: '$opt' } }, { $sort: { _id: 1 } }],
  [{ $project: { n: 1, 'sub.v': 1 } }, { $sort: { _id: 1 } }], [{ $project: { sub: { w: 0 }, tags: 0 } }, { $sort: { _id: 1 } }], [{ $project: { _id: 0, n: 1, twice: { $multiply: ['$n', 2] }, same: '$s', deep: { x: '$n', y: '$nope' } } }, { $sort: { n: 1 } }],
  [{ $project: { n: 1, s: 0 } }], [{ $unwind: '$tags' }, { $sort: { _id: 1, tags: 1 } }], [{ $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } }, { $sort: { _id: 1, i: 1 } }],
  [{ $match: { n: { $gt: 5 } } }, { $sort: { n: -1 } }, { $skip: 1 }, { $limit: 3 }], [{ $sort: { n: 1 } }, { $limit: 5 }, { $match: { n: { $gt: 2 } } }], [{ $count: 'total' }], [{ $match: { n: 99 } }, { $count: 'total' }],
  [{ $facet: { big: [{ $match: { n: { $gt: 9 } } }, { $sort: { n: 1 } }], count: [{ $count: 'c' }] } }], [{ $addFields: { 'sub.z': '$n', n: '$$REMOVE' } }, { $sort: { _id: 1 } }], [{ $unset: ['sub.v', 'tags'] }, { $sort: { _id: 1 } }],
  [{ $replaceRoot: { newRoot: '$sub' } }, { $sort: { v: 1 } }], [{ $sortByCount: '$g' }, { $limit: 0 }], [{ $bucketNothing: 1 }], [{ $project: { x: { $nope: 1 } } }], [{ $group: { n: 1 } }], [{ $group: { _id: 1, x: { $nope: 1 } } }], [{ $limit: -1 }], [{ a: 1, b: 2 }], [{ $unwind: 'tags' }],
  [{ $lookup: { from: 'others', localField: 'g', foreignField: 'k', as: 'o' } }, { $sort: { _id: 1 } }], [{ $lookup: { from: 'others', localField: 'tags', foreignField: 'name', as: 'o' } }, { $sort: { _id: 1 } }], [{ $lookup: { from: 'others', localField: 'opt', foreignField: 'none', as: 'o' } }, { $sort: { _id: 1 } }],
  [{ $lookup: { from: 'others', let: { g: '$g' }, pipeline: [{ $match: { $expr: { $eq: ['$k', '$$g'] } } }, { $project: { _id: 0, name: 1 } }], as: 'o' } }, { $sort: { _id: 1 } }],
  [{ $lookup: { from: 'others', localField: 'g', foreignField: 'k', pipeline: [{ $group: { _id: null, c: { $sum: 1 } } }], as: 'o' } }, { $sort: { _id: 1 } }], [{ $unionWith: { coll: 'others', pipeline: [{ $match: { k: 1 } }] } }, { $sort: { _id: 1 } }]
]

export const expressions: unknown[] = [
  { $add: ['$n', 1] }, { $add: ['$l', 1] }, { $add: ['$at', 1000] }, { $add: ['$s', 1] }, { $subtract: ['$at', '$at'] }, { $subtract: ['$n', 1.5] }, { $multiply: ['$l', 2] }, { $divide: ['$n', 4] }, { $divide: ['$n', 0] }, { $mod: ['$n', 4] }, { $mod: ['$l', 7] },
  { $abs: -3 }, { $ceil: '$f' }, { $floor: '$f' }, { $round: ['$f', 1] }, { $round: [2.5, 0] }, { $round: [2.675, 2] }, { $trunc: ['$f', 1] }, { $trunc: [-2.7] }, { $cond: ['$n', 'yes', 'no'] }, { $cond: { if: { $gt: ['$n', 5] }, then: 1, else: 2 } }, { $ifNull: ['$opt', 'none'] },
  { $switch: { branches: [{ case: { $eq: ['$g', 0] }, then: 'zero' }], default: 'other' } }, { $concat: ['$s', '-', '$s'] }, { $concat: ['$s', null] }, { $concat: ['$s', 1] }, { $toUpper: '$s' }, { $toLower: '$opt' }, { $strLenCP: '$s' }, { $split: ['$s', 's'] }, { $size: '$tags' }, { $size: '$opt' },
  { $arrayElemAt: ['$tags', 0] }, { $arrayElemAt: ['$tags', -1] }, { $first: '$tags' }, { $last: '$tags' }, { $slice: ['$tags', 1] }, { $slice: ['$tags', -1, 1] }, { $concatArrays: ['$tags', ['z']] }, { $in: ['a', '$tags'] }, { $filter: { input: '$tags', as: 't', cond: { $ne: ['$$t', 'a'] } } },
  { $map: { input: '$tags', as: 't', in: { $concat: ['$$t', '!'] } } }, { $reduce: { input: '$tags', initialValue: '', in: { $concat: ['$$value', '$$this'] } } }, { $setUnion: [['a'], ['a']] }, { $setIsSubset: [['a'], '$tags'] }, { $mergeObjects: ['$sub', { q: 1 }] }, { $objectToArray: '$sub' },
  { $type: '$opt' }, { $type: '$l' }, { $type: '$at' }, { $toString: '$n' }, { $toLong: '$n' }, { $isArray: '$tags' }, { $isArray: ['$n'] }, { $year: '$at' }, { $month: '$at' }, { $dayOfMonth: '$at' }, { $dayOfWeek: '$at' }, { $dayOfYear: '$at' }, { $hour: '$at' }, { $minute: '$at' }, { $second: '$at' }, { $millisecond: '$at' },
  { $dateToString: { date: '$at', format: '%Y-%m-%dT%H:%M:%S.%LZ' } }, { $dateTrunc: { date: '$at', unit: 'hour' } }, { $dateTrunc: { date: '$at', unit: 'month' } }, { $dateAdd: { startDate: '$at', unit: 'day', amount: 3 } }, { $dateAdd: { startDate: '$at', unit: 'month', amount: 1 } }, { $dateSubtract: { startDate: '$at', unit: 'hour', amount: 5 } },
  { $dateDiff: { startDate: day(1), endDate: '$at', unit: 'day' } }, { $dateDiff: { startDate: day(1), endDate: '$at', unit: 'hour' } }, { $eq: ['$opt', null] }, { $lt: ['$opt', null] }, { $gt: ['$opt', 3] }, { $cmp: ['$n', 5] }, { $and: ['$n', true] }, { $or: [0, null] }, { $not: ['$n'] }, { $not: '' }, { $let: { vars: { x: '$n' }, in: { $add: ['$$x', 1] } } },
  { $literal: '$n' }, { $range: [0, 3] }, { $sum: ['$n', '$f'] }, { $sum: '$sub.w' }, { $avg: ['$n', 2] }, { $max: ['$n', 3] }, { $min: '$tags' }, ['$n', '$nope'], '$sub.w', '$$ROOT.n', '$tags.0', { $year: '$opt' }, { $reverseArray: '$tags' }, { $setIntersection: ['$tags', ['a']] }, { $isNumber: '$l' }, { $toDate: '$l' }, { $toDouble: '$l' }, { $add: [null, 1] }, { $add: ['$at', '$at'] }, { $add: [Long.MAX_VALUE, 1] },
  { $subtract: ['$at', 1000] }, { $subtract: ['$at', 's'] }, { $subtract: ['$n', 's'] }, { $subtract: [1] }, { $multiply: [null, 1] }, { $multiply: ['$s', 1] }, { $round: [Long.fromNumber(5), 1] }, { $round: [3.5] }, { $ceil: '$l' }, { $abs: { $multiply: ['$l', -1] } }, { $mod: [5.5, 2] },
  { $arrayElemAt: [null, 0] }, { $arrayElemAt: ['$n', 0] }, { $slice: [null, 1] }, { $slice: ['$n', 1] }, { $slice: ['$tags', 5, 0] }, { $slice: ['$tags', 0, 1] }, { $slice: ['$tags', -1] }, { $concatArrays: [null, []] }, { $concatArrays: ['$n'] }, { $objectToArray: null }, { $objectToArray: '$n' },
  { $toString: '$at' }, { $toString: id(5) }, { $toString: true }, { $toString: '$l' }, { $toString: '$s' }, { $toString: null }, { $toDate: id(5) }, { $toDate: '$at' }, { $toLong: '$l' }, { $toUpper: '$tags' }, { $strLenCP: '$n' }, { $split: ['$s', ''] }, { $in: [1, '$n'] }, { $size: ['$tags'] }, { $size: ['$tags', 1] },
  { $setDifference: [['a', 'a', 'b'], ['b']] }, { $gte: ['$n', 5] }, { $lte: ['$n', 5] }, { $ne: ['$n', 5] }, { $ne: ['$nope', '$nope2'] }, { $max: '$tags' }, { $avg: '$tags' }, { $avg: '$s' }, { $mergeObjects: ['$n'] }, { $mergeObjects: [null, '$sub'] }, { $type: { $literal: null } }, { $type: '$s' }, { $dateToString: { date: '$at', format: '%j %u' } }, { $add: [1e300, '$n'] },
  { $multiply: ['$f', 2] }, { $divide: [null, 1] }, { $round: [2.4] }, { $round: [2.6, 0] }, { $abs: -2.5 }, { $abs: 2.5 }, { $toDate: '$s' }, { $toLong: '$s' }, { $toDouble: '$s' }, { $toLower: null }, { $toString: '$sub' }, { $toString: 1.5 }, { $min: [3, 1, 2] }, { $max: [1, 3, 2] }, { $max: ['$nope', null] }, { $toLong: 5.7 },
  { $eq: ['$sub', { v: 5, w: [5] }] }, { $eq: ['$sub', { w: [5], v: 5 }] }, { $in: ['$sub', [{ v: 5, w: [5], x: '$nope' }]] }, '$sub.w.x', '$nested.b', '$nested.c.d', { $let: { vars: { o: '$$ROOT.sub' }, in: '$$o.v' } }, { $map: { input: '$nested', as: 'x', in: '$$x.b' } }, { $reduce: { input: '$sub.w', initialValue: 0, in: { $add: ['$$value', '$$this'] } } }
]

export const others: Document[] = [{ _id: 'p', k: 0, name: 'a' }, { _id: 'q', k: 1, name: 't3' }, { _id: 'r', k: 1, name: null }, { _id: 's', name: 'a' }]

const aggregate: Case[] = [...pipelines, ...expressions.map((value) => [{ $sort: { _id: 1 } }, { $project: { value } }])].map((pipeline) => ({
  name: `aggregate ${shown(pipeline)}`,
  docs: rows,
  reads: true,
  run: (things) => things.aggregate(pipeline).toArray()
}))

const various: Case[] = [
  { name: 'distinct', docs: mixed, run: (things) => things.distinct('a') },
  { name: 'distinct below arrays', docs: mixed, run: (things) => things.distinct('a.b') },
  { name: 'projection of find', docs: mixed, run: (things) => things.find({}, { projection: { 'a.b': 1 } }).sort({ _id: 1 }).toArray() },
  { name: 'exclusion in find', docs: mixed, run: (things) => things.find({}, { projection: { 'a.b': 0 } }).sort({ _id: 1 }).toArray() },
  { name: 'types survive a round trip', docs: [{ _id: 1, i: new Int32(1), d: new Double(1), l: Long.fromNumber(1), b: new Binary(Buffer.from('a')) }], run: (things) => things.findOne({}, { promoteValues: false }) },
  { name: 'arrayFilters', docs: [base], run: async (things) => { await things.updateOne({}, { $set: { 'docs.$[d].v': 9 } }, { arrayFilters: [{ 'd.k': 2 }] }); return things.findOne() } },
  { name: 'positional update', docs: [base], run: async (things) => { await things.updateOne({ 'docs.k': 2 }, { $inc: { 'docs.$.v': 5 } }); return things.findOne() } },
  { name: 'duplicate _id', docs: [base], run: (things) => things.insertOne(base) },
  { name: 'a unique index', docs: [{ _id: 1, a: 1 }], run: async (things) => { await things.createIndex({ a: 1 }, { unique: true }); return things.insertOne({ a: 1 }) } },
  { name: 'two documents without a unique field', docs: [{ _id: 1 }], run: async (things) => { await things.createIndex({ a: 1 }, { unique: true }); return things.insertOne({ b: 1 }) } },
  { name: 'findOneAndUpdate', docs: [base], run: (things) => things.findOneAndUpdate({ n: 5 }, { $inc: { n: 1 } }, { returnDocument: 'after' }) },
  { name: 'replaceOne', docs: [base], run: async (things) => { await things.replaceOne({ n: 5 }, { q: 1 }); return things.findOne() } }
]

export const cases: Case[] = [...sorts, ...find, ...aggregate, ...update, ...upserts, ...various]
