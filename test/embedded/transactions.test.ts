import { UUID, type ClientSession, type Document, type MongoClient } from 'mongodb'
import t from 'tap'
import { codeOf, errorOf, open } from './helper.ts'
import { Raw } from './raw.ts'

const one = { _id: 1 } as Document

function begin (client: MongoClient): ClientSession {
  const session = client.startSession()
  session.startTransaction()
  return session
}

t.test('a transaction', async (t) => {
  const { client, things, db } = await open(t)
  const sessions: ClientSession[] = []
  const start = (): ClientSession => {
    const session = begin(client)
    sessions.push(session)
    return session
  }
  t.beforeEach(async () => {
    await things.deleteMany({})
    await things.insertMany([{ _id: 1, n: 0 }, { _id: 2, n: 0 }] as Document[])
  })
  t.afterEach(async () => {
    for (const session of sessions.splice(0)) await session.endSession()
  })

  await t.test('sees its snapshot and its own writes, which others see once it is committed', async (t) => {
    const session = start()
    await things.findOne({}, { session })
    await things.insertOne({ _id: 3 } as Document)
    await things.updateOne(one, { $inc: { n: 5 } }, { session })
    await things.insertOne({ _id: 4 } as Document, { session })
    await things.deleteOne({ _id: 2 } as Document, { session })
    t.same((await things.find({}, { session }).toArray()).map(({ _id }) => _id), [1, 4])
    t.equal((await things.aggregate([{ $match: { n: 5 } }], { session }).toArray()).length, 1)
    t.same(await things.distinct('n', {}, { session }), [5])
    t.same(await things.find().sort({ _id: 1 }).toArray(), [{ _id: 1, n: 0 }, { _id: 2, n: 0 }, { _id: 3 }])
    await session.commitTransaction()
    await session.commitTransaction()
    t.same((await things.find().toArray()).map(({ _id }) => _id), [1, 3, 4])
    t.match(await things.findOne(one), { n: 5 })
  })

  await t.test('leaves nothing behind when it is aborted', async (t) => {
    const session = start()
    await things.updateOne(one, { $inc: { n: 5 } }, { session })
    await db.collection('fresh').insertOne({ a: 1 }, { session })
    await session.abortTransaction()
    t.match(await things.findOne(one), { n: 0 })
    t.equal(await db.collection('fresh').countDocuments(), 0)
  })

  await t.test('creates the collections that it writes to', async (t) => {
    const session = start()
    await db.collection('fresh').insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 1 }] as Document[], { session })
    await db.collection('fresh').deleteOne(one, { session })
    await session.commitTransaction()
    t.same(await db.collection('fresh').find().toArray(), [{ _id: 2, a: 1 }])
  })

  await t.test('fails if another wrote the document first', async (t) => {
    const [first, second] = [start(), start()]
    await things.updateOne(one, { $inc: { n: 1 } }, { session: first })
    const error = await errorOf(things.updateOne(one, { $inc: { n: 1 } }, { session: second }))
    t.equal(error.code, 112)
    t.ok(error.hasErrorLabel('TransientTransactionError'))
    t.equal(await codeOf(things.findOne({}, { session: second })), 251, 'and is over')
    await first.commitTransaction()
    t.match(await things.findOne(one), { n: 1 })
  })

  await t.test('fails if the document was changed since it began', async (t) => {
    const session = start()
    await things.findOne({}, { session })
    await things.updateOne(one, { $inc: { n: 1 } })
    t.equal(await codeOf(things.deleteOne(one, { session })), 112)
  })

  await t.test('fails if a unique key was taken since it began, or by another transaction', async (t) => {
    await things.createIndex({ u: 1 }, { unique: true, sparse: true })
    const [first, second, third] = [start(), start(), start()]
    for (const session of [first, second, third]) await things.findOne({}, { session })
    await things.insertOne({ u: 1 })
    t.equal(await codeOf(things.insertOne({ u: 1 }, { session: first })), 112)
    await things.insertOne({ u: 2 }, { session: second })
    t.equal(await codeOf(things.insertOne({ u: 2 }, { session: third })), 112)
    t.equal(await codeOf(things.insertOne({ u: 2 }, { session: second })), 11000)
    t.equal(await codeOf(second.commitTransaction()), 251, 'an error ends it')
  })

  await t.test('may move a unique key from one document to another', async (t) => {
    await things.updateOne(one, { $set: { u: 5 } })
    const session = start()
    await things.updateOne(one, { $unset: { u: 1 } }, { session })
    await things.updateOne({ _id: 2 } as Document, { $set: { u: 5 } }, { session })
    await session.commitTransaction()
    t.match(await things.findOne({ u: 5 }), { _id: 2 })
  })

  await t.test('knows the unique indexes of a collection that is younger than itself', async (t) => {
    const session = start()
    await things.findOne({}, { session })
    await db.collection('young').createIndex({ u: 1 }, { unique: true })
    await db.collection('young').insertOne({ u: 1 })
    t.same(await db.collection('young').find({}, { session }).toArray(), [])
    t.equal(await codeOf(db.collection('young').insertOne({ u: 1 }, { session })), 112)
  })

  await t.test('holds up whoever else writes the same, until it ends', async (t) => {
    const session = start()
    await things.updateOne(one, { $inc: { n: 1 } }, { session })
    await things.insertOne({ _id: 9, u: 9 } as Document, { session })
    const done: string[] = []
    const waiting = [
      things.updateMany({}, { $inc: { n: 10 } }).then(() => done.push('update')),
      things.deleteOne({ _id: 1, gone: 1 } as Document).then(() => done.push('nothing to delete')),
      things.insertOne({ u: 9 }).catch(({ code }) => done.push(`insert ${code as number}`)),
      things.createIndex({ k: 1 }).then(() => done.push('index')),
      db.collection('untouched').insertOne({}).then(() => done.push('elsewhere'))
    ]
    await Promise.all([waiting[1], waiting[4]])
    t.same(done.sort(), ['elsewhere', 'nothing to delete'])
    await session.commitTransaction()
    await Promise.all(waiting)
    t.same(done.sort(), ['elsewhere', 'index', 'insert 11000', 'nothing to delete', 'update'])
    t.match(await things.findOne(one), { n: 11 })
  })

  await t.test('is retried as a whole by the driver', async (t) => {
    await Promise.all([1, 2, 3, 4].map(() => client.withSession((session) => session.withTransaction(async () => {
      const { n } = (await things.findOne(one, { session }))!
      await things.updateOne(one, { $set: { n: n + 1 } }, { session })
    }))))
    t.match(await things.findOne(one), { n: 4 })
  })

  await t.test('does not contain commands about the catalog', async (t) => {
    const session = start()
    t.equal(await codeOf(db.createCollection('other', { session })), 263)
    t.equal(await codeOf(things.findOne({}, { session })), 251, 'it was never begun')
  })

  await t.test('reads its cursors to the end, whatever is written meanwhile', async (t) => {
    await things.insertMany(Array.from({ length: 20 }, (_, i) => ({ _id: 100 + i })) as Document[])
    const session = start()
    const cursor = things.find({}, { session, batchSize: 5 }).sort({ _id: 1 })
    await cursor.next()
    await things.deleteMany({ _id: { $gt: 110 } } as Document, { session })
    t.equal((await cursor.toArray()).length, 21)
    await session.commitTransaction()
    t.equal(await things.countDocuments(), 13)
  })
})

t.test('a transaction that takes over a minute is aborted, and a session that rests for half an hour is forgotten', async (t) => {
  let now = 0
  const { client, things, db } = await open(t, { clock: () => now, ttlIntervalMs: 5 })
  await things.insertOne(one)
  const session = begin(client)
  await things.updateOne(one, { $set: { n: 1 } }, { session })
  const blocked = things.updateOne(one, { $set: { n: 2 } })
  now += 60_000
  await blocked
  t.equal(await codeOf(session.commitTransaction()), 251)
  const other = begin(client)
  await things.findOne({}, { session: other })
  now += 30 * 60_000
  while ((await db.command({ serverStatus: 1 })).transactions.currentOpen > 0);
  t.equal(await codeOf(other.commitTransaction()), 251)
  await Promise.all([session.endSession(), other.endSession()])
})

t.test('a session', async (t) => {
  const { uri, things } = await open(t)
  const raw = new Raw(uri)
  t.teardown(() => raw.socket.destroy())
  const lsid = { id: new UUID() }
  const insert = (number: number, extra: Document = {}): Document => ({ insert: 'things', documents: [{ n: number }], lsid, txnNumber: BigInt(number), ...extra })
  const code = async (command: Document): Promise<unknown> => (await raw.command(command)).code
  const openTransactions = async (): Promise<number> => Number((await raw.command({ serverStatus: 1 })).transactions.currentOpen)

  await t.test('answers a write that is sent again, and runs it once', async (t) => {
    t.match(await raw.command(insert(1)), { ok: 1, n: 1 })
    t.match(await raw.command(insert(1)), { ok: 1, n: 1 })
    t.equal(await things.countDocuments(), 1)
    await raw.command(insert(2))
    t.equal(await things.countDocuments(), 2)
    t.equal(await code(insert(1)), 225)
  })
  await t.test('runs a write again that was refused as a whole', async (t) => {
    t.equal(await code({ ...insert(3), documents: [] }), 16)
    await raw.command(insert(3))
    t.equal(await things.countDocuments({ n: 3 }), 1)
  })
  await t.test('says so if its transaction is not there', async (t) => {
    const inTransaction = { autocommit: false }
    t.equal(await code(insert(4, inTransaction)), 251)
    await raw.command(insert(5, { ...inTransaction, startTransaction: true }))
    t.equal(await code(insert(6, inTransaction)), 251)
    await raw.command(insert(7, { ...inTransaction, startTransaction: true }))
    t.equal(await openTransactions(), 1, 'a new one ends the old one')
    const end = (name: string, txnNumber: bigint): Document => ({ [name]: 1, lsid, txnNumber, ...inTransaction })
    t.match(await raw.command(end('commitTransaction', 7n)), { ok: 1 })
    t.match(await raw.command(end('commitTransaction', 7n)), { ok: 1 })
    t.equal(await code(insert(7, inTransaction)), 256)
    t.equal(await code(end('abortTransaction', 7n)), 251)
    t.equal(await code(end('commitTransaction', 9n)), 251)
    t.equal(await code({ commitTransaction: 1 }), 251)
  })
  await t.test('takes its transaction and cursors with it', async (t) => {
    await things.insertMany([{}, {}, {}])
    const { cursor } = await raw.command({ find: 'things', batchSize: 1, lsid })
    await raw.command(insert(8, { autocommit: false, startTransaction: true }))
    t.equal(await openTransactions(), 1)
    t.match(await raw.command({ endSessions: [lsid, 5] }), { ok: 1 })
    t.equal(await openTransactions(), 0)
    t.equal(await code({ getMore: BigInt(cursor.id as number), collection: 'things' }), 43)
    t.equal(await code({ endSessions: 1 }), 14)
  })
})
