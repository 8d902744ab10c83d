import { Long, type Document } from 'mongodb'
import t from 'tap'
import { codeOf, connect, errorOf, open } from './helper.ts'
import { body, message, Raw } from './raw.ts'

t.test('drivers connect directly or not, and shells find what they ask for', async (t) => {
  const { client, uri } = await open(t)
  const direct = await connect(t, `${uri}/?directConnection=true`)
  await direct.withSession((session) => session.withTransaction(async () => { await direct.db('x').collection('y').insertOne({}, { session }) }))
  const admin = client.db('admin')
  t.match(await admin.command({ buildInfo: 1 }), { version: '7.0.0', ok: 1 })
  t.match(await admin.command({ hostInfo: 1 }), { system: { cpuAddrSize: 64 } })
  t.match(await admin.command({ connectionStatus: 1, showPrivileges: false }), { authInfo: { authenticatedUsers: [] } })
  t.match(await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 }), { featureCompatibilityVersion: { version: '7.0' } })
  t.match(await admin.command({ getLog: 'startupWarnings' }), { log: [] })
  t.match(await admin.command({ getLog: '*' }), { names: [] })
  for (const name of ['getCmdLineOpts', 'whatsmyuri', 'isMaster', 'hello', 'serverStatus']) t.equal((await admin.command({ [name]: 1 })).ok, 1, name)
})

t.test('collections and databases are made, listed, measured and dropped', async (t) => {
  const { db, client } = await open(t)
  const other = client.db('other')
  await db.createCollection('a')
  await db.collection('b').insertMany([{ x: 1 }, { x: 2 }])
  await other.collection('c').insertOne({})
  t.equal(await codeOf(db.createCollection('a')), 48)
  t.same((await db.listCollections({}, { nameOnly: true }).toArray()), [{ name: 'a', type: 'collection' }, { name: 'b', type: 'collection' }])
  t.match(await db.listCollections({ name: 'b' }).toArray(), [{ name: 'b', idIndex: { name: '_id_' } }])
  t.match(await db.admin().listDatabases(), { databases: [{ name: 'test', empty: false }, { name: 'other' }], totalSize: Number })
  t.same((await db.admin().listDatabases({ nameOnly: true, filter: { name: /^o/ } })).databases, [{ name: 'other' }])
  t.match(await db.command({ collStats: 'b' }), { ns: 'test.b', count: 2, nindexes: 1, avgObjSize: 29 })
  t.match(await db.command({ collStats: 'none' }), { count: 0, avgObjSize: 0 })
  t.match(await db.command({ dbStats: 1 }), { db: 'test', collections: 2, objects: 2, indexes: 2 })
  t.equal(await db.dropCollection('a'), true)
  t.equal(await codeOf(db.command({ drop: 'a' })), 26)
  await db.dropDatabase()
  t.same(await db.listCollections().toArray(), [])
  t.equal((await other.listCollections().toArray()).length, 1)
})

t.test('a collection that a transaction writes to is dropped after its end', async (t) => {
  const { client, db } = await open(t)
  const session = client.startSession()
  session.startTransaction()
  await db.collection('a').insertOne({}, { session })
  await db.collection('b').insertOne({})
  const dropped = [db.dropCollection('b'), db.dropDatabase()]
  await dropped[0]
  await session.commitTransaction()
  await dropped[1]
  t.same(await db.listCollections().toArray(), [])
  await session.endSession()
})

t.test('cursors', async (t) => {
  let now = 0
  const { db, things } = await open(t, { clock: () => now, ttlIntervalMs: 5 })
  await things.insertMany([{}, {}, {}, {}])
  const begin = async (extra: Document = {}): Promise<Long> => (await db.command({ find: 'things', batchSize: 1, ...extra }, { promoteLongs: false })).cursor.id as Long
  const more = (id: unknown, collection: unknown = 'things'): Promise<Document> => db.command({ getMore: id, collection })

  await t.test('go on where they were, on what there was', async (t) => {
    const id = await begin({ sort: { _id: 1 } })
    await things.insertOne({})
    t.equal((await more(id)).cursor.nextBatch.length, 3)
    t.equal(await codeOf(more(id)), 43, 'and are gone at the end')
    await things.deleteOne({})
  })
  await t.test('belong to a collection, and can be killed', async (t) => {
    const id = await begin()
    t.equal(await codeOf(more(id, 'others')), 43)
    t.match(await db.command({ killCursors: 'things', cursors: [id, Long.fromNumber(99)] }, { promoteLongs: false }), { cursorsKilled: [id], cursorsNotFound: [Long.fromNumber(99)] })
    t.equal(await codeOf(more(id)), 43)
    t.equal(await codeOf(more('x')), 14)
    t.equal(await codeOf(more(id, 5)), 14)
    t.equal(await codeOf(db.command({ killCursors: 'things', cursors: 5 })), 14)
  })
  await t.test('end with a single batch if asked to', async (t) => {
    t.equal(Number(await begin({ singleBatch: true })), 0)
    t.equal((await db.command({ find: 'things', batchSize: 0 })).cursor.firstBatch.length, 0)
  })
  await t.test('die when nobody reads from them for ten minutes', async (t) => {
    const id = await begin()
    now += 600_000
    while ((await db.command({ serverStatus: 1 })).metrics.cursor.open.total > 0);
    t.equal(await codeOf(more(id)), 43)
  })
  await t.test('are not opened without end', async (t) => {
    const found = await Promise.all(Array.from({ length: 1_001 }, () => begin().catch(({ code }: Document) => code as number)))
    t.ok(found.includes(2))
  })
})

t.test('what is not known is refused with the code that MongoDB gives', async (t) => {
  const { db, things } = await open(t)
  await things.insertOne({ a: 1, s: 's', list: [1] })
  const find = (filter: Document): Document => ({ find: 'things', filter })
  const stage = (...pipeline: unknown[]): Document => ({ aggregate: 'things', pipeline, cursor: {} })
  const refused: [Document, number][] = [
    [{ nonsense: 1 }, 59], [{ mapReduce: 'things' }, 59], [{ find: 'things', foo: 1 }, 40415], [{ find: 'things', collation: { locale: 'de' } }, 40415], [{ find: 'things', tailable: true }, 40415], [{ create: 'x', capped: true, size: 5 }, 40415],
    [{ create: 'x', viewOn: 'things' }, 40415], [{ create: 'x', timeseries: {} }, 40415], [{ create: 'x', validator: {} }, 40415], [{ startSession: 1 }, 238], [{ find: 5 }, 73], [{ find: '' }, 73], [{ find: 'a$b' }, 73], [{ find: '.a' }, 73], [{ find: 'a.' }, 73],
    [{ find: 'things', filter: 5 }, 14], [{ find: 'things', limit: 'x' }, 2], [{ find: 'things', skip: -1 }, 2], [{ find: 'things', sort: { a: 2 } }, 2], [{ distinct: 'things' }, 14],
    [find({ $where: 'true' }), 2], [find({ $text: { $search: 'x' } }), 2], [find({ $jsonSchema: {} }), 2], [find({ a: { $near: [0, 0] } }), 2], [find({ a: { $foo: 1 } }), 2], [find({ $and: [] }), 2], [find({ $or: 5 }), 2], [find({ $nor: [1] }), 2],
    [find({ a: { $in: 5 } }), 2], [find({ a: { $in: [{ $gt: 1 }] } }), 2], [find({ a: { $size: -1 } }), 2], [find({ a: { $size: 'x' } }), 2], [find({ a: { $mod: [0, 1] } }), 2], [find({ a: { $mod: [1] } }), 2], [find({ a: { $type: 'foo' } }), 2], [find({ a: { $all: 5 } }), 2],
    [find({ a: { $elemMatch: 5 } }), 2], [find({ a: { $not: 5 } }), 2], [find({ a: { $not: { b: 1 } } }), 2], [find({ a: { $ne: /x/ } }), 2], [find({ a: { $gt: /x/ } }), 2], [find({ a: { $regex: 5 } }), 2], [find({ a: { $regex: '(' } }), 51091], [find({ a: { $regex: 'a', $options: 'x' } }), 51091],
    [find({ $expr: { $foo: 1 } }), 168], [find({ $expr: { $eq: [1], $gt: [1] } }), 15998], [find({ $expr: { 'a.b': 1 } }), 2], [find({ $expr: '$$CLUSTER_TIME' }), 238], [find({ $expr: '$$unknown' }), 2],
    [{ find: 'things', projection: { a: 1, b: 0 } }, 31254], [{ find: 'things', projection: { a: 1, 'a.b': 1 } }, 31250], [{ find: 'things', projection: { 'a.b': 1, a: 1 } }, 31250], [{ find: 'things', projection: { 'list.$': 1 } }, 238], [{ find: 'things', projection: { list: { $elemMatch: { a: 1 } } } }, 168], [{ find: 'things', projection: { list: { $slice: 1 } } }, 28724],
    [stage({ $out: 'x' }), 238], [stage({ $merge: 'x' }), 238], [stage({ $geoNear: {} }), 40324], [stage({ $graphLookup: {} }), 40324], [stage({}), 40323], [stage(5), 40323], [{ aggregate: 'things', pipeline: 5, cursor: {} }, 14], [{ aggregate: 'things', pipeline: [] }, 9], [{ aggregate: 1, pipeline: [], cursor: {} }, 238],
    [stage({ $match: 5 }), 15959], [stage({ $sort: {} }), 40272], [stage({ $project: 5 }), 40272], [stage({ $addFields: {} }), 40272], [stage({ $skip: -1 }), 2], [stage({ $limit: 'x' }), 2], [stage({ $count: '' }), 40157], [stage({ $count: 5 }), 40157], [stage({ $unset: [] }), 31002], [stage({ $unset: 5 }), 31002], [stage({ $sample: { size: 0 } }), 2],
    [stage({ $replaceRoot: { newRoot: '$a' } }), 40228], [stage({ $group: 5 }), 15955], [stage({ $group: { _id: 1, a: 5 } }), 40234], [stage({ $group: { _id: 1, a: { $sum: 1, $avg: 1 } } }), 40234], [stage({ $unwind: { path: '$a', foo: 1 } }), 28811], [stage({ $unwind: 5 }), 28818], [stage({ $facet: { a: [{ $foo: 1 }] } }), 40324],
    [stage({ $lookup: 5 }), 9], [stage({ $lookup: { from: 'x' } }), 9], [stage({ $lookup: { from: 'x', as: 'a.b', pipeline: [] } }), 9], [stage({ $lookup: { from: 'x', as: 'a', localField: 'b' } }), 9], [stage({ $lookup: { from: 'x', as: 'a' } }), 9], [stage({ $lookup: { from: 'x', as: 'a', pipeline: [], foo: 1 } }), 9], [stage({ $unionWith: 5 }), 9], [stage({ $unionWith: { coll: 'a', foo: 1 } }), 9],
    [stage({ $project: { x: { $round: [1e30, 2] } } }), 238]
  ]
  for (const [command, code] of refused) t.equal(await codeOf(db.command(command)), code, JSON.stringify(command))
  t.match(await errorOf(things.aggregate([{ $nope: 1 }]).toArray()), { codeName: 'Location40324', message: 'Unrecognized pipeline stage name: \'$nope\'' })
  await things.insertOne({ r: /x/ })
  t.equal(await codeOf(things.aggregate([{ $lookup: { from: 'things', localField: 'r', foreignField: 'r', as: 'x' } }]).toArray()), 238)
})

t.test('database names are checked, and so is that there is a command', async (t) => {
  const { db, uri } = await open(t)
  const { client } = db
  t.throws(() => client.db('a.b'), 'by the driver')
  const raw = new Raw(uri)
  t.teardown(() => raw.socket.destroy())
  t.match(await raw.ask(message(0, body({}))), { ok: 0, code: 59 })
  t.match(await codeOf(client.db('a"b').command({ ping: 1 })), 73)
})
