import { type Document, type FindCursor } from 'mongodb'
import t from 'tap'
import { codeOf, open } from './helper.ts'

interface Explained { stage: string, index?: string, direction?: string, keys: number, docs: number, returned: number }

function flat (explained: Document): Explained {
  const { winningPlan } = explained.queryPlanner
  const read = winningPlan.stage === 'SORT' ? winningPlan.inputStage : winningPlan
  const { totalKeysExamined, totalDocsExamined, nReturned } = explained.executionStats
  const stage = [winningPlan, winningPlan.inputStage, read.inputStage].map((part) => part?.stage as string | undefined)
  return { stage: [...new Set(stage)].filter(Boolean).join(' '), index: read.inputStage?.indexName, direction: read.inputStage?.direction, keys: totalKeysExamined, docs: totalDocsExamined, returned: nReturned }
}

const explained = async (cursor: FindCursor): Promise<Explained> => flat(await cursor.explain('executionStats'))

t.test('plans', async (t) => {
  const { things, db } = await open(t)
  await things.insertMany(Array.from({ length: 1000 }, (_, i) => ({ _id: i, user: i % 10, at: 1000 - i, status: i % 2 ? 'open' : 'done', tags: [`t${i % 5}`, 'all'], sub: { v: i } })) as Document[])
  await things.createIndexes([{ key: { user: 1, at: -1, status: 1 } }, { key: { at: 1 } }, { key: { tags: 1 } }, { key: { 'sub.v': -1 } }])

  await t.test('read by _id and by equality what they need, and no more', async (t) => {
    t.same(await explained(things.find({ _id: 5 } as Document)), { stage: 'FETCH IXSCAN', index: '_id_', direction: 'forward', keys: 1, docs: 1, returned: 1 })
    t.match(await explained(things.find({ 'sub.v': 7 })), { index: 'sub.v_-1', keys: 1 })
    t.match(await explained(things.find({ user: 1, at: { $gte: 900, $lt: 950 } })), { index: 'user_1_at_-1_status_1', keys: 5, returned: 5 })
    t.match(await explained(things.find({ user: { $in: [1, 2] }, at: 999 })), { index: 'user_1_at_-1_status_1', keys: 1 })
    t.match(await explained(things.find({ status: 'open' })), { stage: 'COLLSCAN', keys: 0, docs: 1000, returned: 500 })
    t.match(await explained(things.find({ $and: [{ user: 3 }, { $and: [{ at: 997 }] }] })), { keys: 1 })
    t.match(await explained(things.find({ user: 1, $nor: [{ at: 5 }] })), { keys: 100 })
    t.match(await explained(things.find({ at: { $gt: 10, $lt: 5 } })), { keys: 0, returned: 0 })
    t.match(await explained(things.find({ at: { $in: [5, 6, 7], $gt: 5 } })), { keys: 2, returned: 2 })
    t.match(await explained(things.find({ at: { $gt: 5, $in: [5, 6, 7] } })), { keys: 2, returned: 2 })
    t.match(await explained(things.find({ at: { $gt: null } } as Document)), { returned: 0, keys: 0 })
  })

  await t.test('take the order of an index, so that a limit stops early', async (t) => {
    t.match(await explained(things.find({ user: 1 }).sort({ at: -1 }).limit(3)), { stage: 'FETCH IXSCAN', direction: 'forward', keys: 3 })
    t.match(await explained(things.find({ user: 1 }).sort({ at: 1 }).limit(3)), { stage: 'FETCH IXSCAN', direction: 'backward', keys: 3 })
    t.match(await explained(things.find().sort({ at: 1 }).limit(2)), { index: 'at_1', keys: 2 })
    t.match(await explained(things.find().sort({ user: -1, at: 1 }).limit(2)), { direction: 'backward', keys: 2 })
    t.match(await explained(things.find({ user: 1 }).sort({ user: 1, at: -1 }).limit(2)), { stage: 'FETCH IXSCAN', keys: 2 })
    t.match(await explained(things.find().sort({ user: 1, at: 1 }).limit(2)), { stage: 'SORT COLLSCAN', docs: 1000, returned: 2 })
    t.match(await explained(things.find({ user: 1 }).sort({ status: 1 })), { stage: 'SORT FETCH IXSCAN', keys: 100 })
  })

  await t.test('merge the stretches of several values into one order', async (t) => {
    for (const order of [1, -1] as const) {
      const cursor = things.find({ user: { $in: [1, 2, 3] } }).sort({ at: order }).limit(7)
      t.match(await explained(cursor), { stage: 'FETCH IXSCAN', returned: 7, keys: 7 })
      const all = (await things.find({ user: { $in: [1, 2, 3] } }).toArray()).map(({ at }) => Number(at)).sort((a, b) => order * (a - b))
      t.same((await cursor.toArray()).map(({ at }) => Number(at)), all.slice(0, 7))
      const both = await things.find({ user: { $in: [3, 1] } }).sort({ user: order, at: order === 1 ? -1 : 1 }).toArray()
      t.same(both.map(({ user }) => Number(user)).filter((user, i, list) => user !== list[i - 1]), order === 1 ? [1, 3] : [3, 1])
    }
    const uneven = db.collection('uneven')
    await uneven.createIndex({ a: 1, b: 1 })
    await uneven.insertMany([[1, 5], [2, 1], [2, 9], [2, 7], [3, 4], [1, 6], [9, 0]].map(([a, b]) => ({ a, b })))
    const merged = uneven.find({ a: { $in: [1, 2, 3, 4] } }).sort({ b: 1 })
    t.match(await explained(merged), { stage: 'FETCH IXSCAN', keys: 6 })
    t.same((await merged.toArray()).map(({ b }) => Number(b)), [1, 4, 5, 6, 7, 9])
    t.match(await explained(things.find({ user: { $in: [1, 2] } }).sort({ user: 1, status: 1 })), { stage: 'SORT FETCH IXSCAN' })
  })

  await t.test('bound a page that begins after a key', async (t) => {
    const page = { at: { $lte: 500 }, $or: [{ at: { $lt: 500 } }, { at: 500, _id: { $lt: 0 } }] } as Document
    t.match(await explained(things.find(page).sort({ at: -1 }).limit(5)), { index: 'at_1', direction: 'backward', keys: 6, returned: 5 })
    t.equal((await things.find({ $or: [{ at: { $lt: 500 } }, { at: 500, _id: { $lt: 0 } }] } as Document).toArray()).length, 499)
  })

  await t.test('find documents by the elements of their arrays, each once', async (t) => {
    t.match(await explained(things.find({ tags: 't1' })), { index: 'tags_1', keys: 200, returned: 200 })
    t.match(await explained(things.find({ tags: { $in: ['t1', 'all'] } })), { keys: 1200, docs: 1000, returned: 1000 })
    t.match(await explained(things.find({ tags: { $gt: 't0', $lt: 't2' } })), { returned: 800 }, 'one element may meet one bound, another the other')
    t.match(await explained(things.find().sort({ tags: 1 })), { stage: 'SORT COLLSCAN' })
  })

  await t.test('follow a hint', async (t) => {
    t.match(await explained(things.find({ user: 1 }).hint('at_1')), { index: 'at_1', keys: 1000, returned: 100 })
    t.match(await explained(things.find({ user: 1 }).hint({ at: 1 })), { index: 'at_1' })
    t.match(await explained(things.find({ user: 1 }).hint({ $natural: 1 })), { stage: 'COLLSCAN', returned: 100 })
    t.equal(await codeOf(things.find().hint('none').toArray()), 2)
    t.equal(await codeOf(things.updateOne({}, { $set: { x: 1 } }, { hint: 'none' })), 2)
  })

  await t.test('prefer the index of fewer fields when nothing else decides', async (t) => {
    const other = db.collection('other')
    await other.createIndexes([{ key: { a: 1, b: 1 } }, { key: { a: 1 } }, { key: { c: 1, d: 1 } }, { key: { c: 1, e: 1 } }])
    t.match(await explained(other.find({ a: 1 })), { index: 'a_1' })
    t.match(await explained(other.find({ c: 1 })), { index: 'c_1_d_1' })
    t.match(await explained(other.find({ a: 1, b: { $gt: 1 } })), { index: 'a_1_b_1' })
  })

  await t.test('are explained for every command that has one', async (t) => {
    const run = async (command: Document): Promise<Explained> => flat(await db.command({ explain: command }))
    t.match(await run({ aggregate: 'things', pipeline: [{ $match: { user: 1 } }, { $match: { at: 999 } }, { $sort: { at: -1 } }, { $limit: 2 }, { $count: 'n' }], cursor: {} }), { keys: 1 })
    t.match(await run({ count: 'things', query: { user: 1 } }), { keys: 100 })
    t.match(await run({ distinct: 'things', key: 'at', query: { user: 1 } }), { keys: 100 })
    t.match(await run({ findAndModify: 'things', query: { user: 1 }, remove: true }), { keys: 100 })
    t.match(await run({ update: 'things', updates: [{ q: { user: 1 }, u: {} }] }), { keys: 100 })
    t.match(await run({ delete: 'things', deletes: [{ q: { user: 1 }, limit: 0 }] }), { keys: 100 })
    t.equal((await db.command({ explain: { find: 'things' }, verbosity: 'queryPlanner' })).executionStats, undefined)
    t.equal(await codeOf(run({ insert: 'things' })), 115)
    t.equal(await codeOf(run({})), 115)
    t.equal(await codeOf(run({ update: 'things' })), 9)
    t.equal(await codeOf(db.command({ explain: 1 })), 9)
  })

  await t.test('join by an index what the foreign collection holds', async (t) => {
    const before = await things.aggregate([{ $match: { _id: 1 } }, { $lookup: { from: 'things', localField: 'user', foreignField: 'user', pipeline: [{ $sort: { at: -1 } }, { $limit: 2 }, { $project: { at: 1 } }], as: 'same' } }]).next()
    t.same(before?.same, [{ _id: 1, at: 999 }, { _id: 11, at: 989 }])
    const [joined] = await things.aggregate([{ $match: { _id: 1 } }, { $lookup: { from: 'things', let: { u: '$user', at: '$at' }, pipeline: [{ $match: { $expr: { $and: [{ $eq: ['$$u', '$user'] }, { $eq: ['$at', '$$at'] }] } } }], as: 'same' } }]).toArray()
    t.equal(joined?.same.length, 1)
    const counted = await db.command({ explain: { find: 'things', filter: { $expr: { $eq: ['$at', '$$at'] } }, let: { at: 5 } } })
    t.match(flat(counted), { index: 'at_1', keys: 1, returned: 1 })
    t.match(flat(await db.command({ explain: { find: 'things', filter: { $expr: { $or: [{ $eq: ['$at', 5] }] } } } })), { stage: 'COLLSCAN', returned: 1 })
    t.match(flat(await db.command({ explain: { find: 'things', filter: { $expr: '$none' } } })), { stage: 'COLLSCAN', returned: 0 })
  })
})

t.test('a point read of 100,000 documents examines as much as of 1,000', async (t) => {
  const { db } = await open(t)
  for (const size of [1_000, 100_000]) {
    const things = db.collection(`of-${size}`)
    await things.createIndex({ n: 1 })
    await things.insertMany(Array.from({ length: size }, (_, n) => ({ n })))
    t.same(await explained(things.find({ n: 500 })), { stage: 'FETCH IXSCAN', index: 'n_1', direction: 'forward', keys: 1, docs: 1, returned: 1 })
    t.match(await explained(things.find({ n: { $gte: 10, $lt: 20 } }).sort({ n: 1 })), { keys: 10, docs: 10, returned: 10 })
  }
})
