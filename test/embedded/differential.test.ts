import fc from 'fast-check'
import type { MongoClient } from 'mongodb'
import { MongoServerError, type Collection, type Document } from 'mongodb'
import t from 'tap'
import { cases, others, shown, type Case } from './differential-cases.ts'
import { connect, open } from './helper.ts'

const reference = process.env.MONGODB_URI
const database = `t-differential-${process.pid}`

/** Where the reference engine (DocumentDB) is not MongoDB, whose documentation decides: the embedded engine follows it. */
const KNOWN = new Map([
  ['sort {"a":1,"_id":1}', 'an empty array sorts before null'],
  ['sort {"a":-1,"_id":1}', 'an empty array sorts before null'],
  ['update {"$pop":{"s":1}}', 'TypeMismatch (14), not BadValue'],
  ['update {"$set":{"a..b":1}}', 'EmptyFieldName (56), not BadValue'],
  ['update {"$set":{"b":1,"a":2}}', 'new fields are added in the order of their names'],
  ['upsert [{"a":1},{"$setOnInsert":{"_id":7,"q":1},"$inc":{"n":2}}]', 'new fields are added in the order of their names'],
  ['aggregate [{"$sort":{"_id":1}},{"$group":{"_id":{"g":"$g"},"first":{"$first":"$n"},"last":{"$last":"$opt"},"all":{"$push":"$opt"},"count":{"$count":{}}}},{"$sort":{"_id.g":1}}]', '$push keeps the order of a $sort before it'],
  ['aggregate [{"$match":{"n":99}},{"$count":"total"}]', 'counting nothing gives no document'],
  ['aggregate [{"$lookup":{"from":"others","localField":"tags","foreignField":"name","as":"o"}},{"$sort":{"_id":1}}]', 'an empty local array joins nothing']
])

/** Codes that the reference's gateway does not translate. */
const UNTRANSLATED = 'error 1'

async function outcome (run: () => Promise<unknown>): Promise<string> {
  try {
    return shown([await run()])
  } catch (error) {
    if (error instanceof MongoServerError) return `error ${String(error.code)}`
    throw error
  }
}

async function filled (things: Collection, docs: Document[]): Promise<Collection> {
  await things.drop()
  if (docs.length > 0) await things.insertMany(docs)
  return things
}

const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, 2 ** 40), fc.constantFrom('', 'a', 'ab', 'B'), fc.boolean(), fc.constant(null),
  fc.constantFrom(new Date(0), new Date(5)), fc.array(fc.constantFrom(1, 2, 'a', null), { minLength: 1, maxLength: 3 }), fc.record({ c: fc.integer({ min: 0, max: 2 }) }))
const docs = fc.array(fc.record({ a: value, b: value }, { requiredKeys: [] }), { maxLength: 12 })
const condition = fc.oneof(value, fc.record({ $gt: value }), fc.record({ $lte: value }), fc.record({ $ne: value }), fc.record({ $in: fc.array(value, { maxLength: 3 }) }))
const filter = fc.record({ a: condition, b: condition, 'a.c': fc.integer({ min: 0, max: 2 }) }, { requiredKeys: [] })
const change = fc.oneof(
  fc.record({ $set: fc.record({ a: value, 'b.c': value }, { requiredKeys: ['a'] }) }), fc.record({ $inc: fc.record({ a: fc.integer({ min: -2, max: 2 }) }) }),
  fc.record({ $push: fc.record({ b: value }) }), fc.record({ $min: fc.record({ a: value }) }), fc.record({ $unset: fc.record({ a: fc.constant(1) }) }))

if (!reference) {
  t.plan(0, 'MONGODB_URI is unset: there is no reference engine to compare with')
} else {
  const embedded = (await open(t)).client
  const other: MongoClient = await connect(t, reference)
  const engines = [embedded, other].map((client) => client.db(database).collection('things'))
  t.before(() => other.db(database).dropDatabase())
  t.teardown(() => other.db(database).dropDatabase())

  const answers = async (input: Document[], run: (things: Collection) => Promise<unknown>): Promise<string[]> =>
    Promise.all(engines.map(async (things) => outcome(async () => run(await filled(things, input)))))

  t.test('every operation of the table has the answer of the reference engine', async (t) => {
    for (const things of engines) await things.db.collection<Document>('others').insertMany(others)
    let last: Case | undefined
    for (const next of cases) {
      const { name, docs, run, reads } = next
      const isReady = reads && last?.reads && last.docs === docs
      last = next
      const [ours, theirs] = isReady ? await Promise.all(engines.map((things) => outcome(() => run(things)))) : await answers(docs, run)
      const known = KNOWN.get(name)
      if (known) t.not(ours, theirs, `${name}: ${known}`)
      else if (theirs === UNTRANSLATED) t.match(ours, /^error/, name)
      else t.equal(ours, theirs, name)
    }
  })

  t.test('random queries find the same documents', { timeout: 110_000 }, async (t) => {
    await fc.assert(fc.asyncProperty(docs, filter, async (input, query) => {
      const numbered = input.map((doc, _id) => ({ _id, ...doc }))
      const [ours, theirs] = await answers(numbered, (things) => things.find(query).sort({ _id: 1 }).toArray())
      t.equal(ours, theirs)
    }), { numRuns: 60 })
  })

  t.test('random updates make the same documents', { timeout: 110_000 }, async (t) => {
    await fc.assert(fc.asyncProperty(docs, filter, change, async (input, query, update) => {
      const numbered = input.map((doc, _id) => ({ _id, ...doc }))
      const [ours, theirs] = await answers(numbered, async (things) => {
        const { matchedCount, modifiedCount } = await things.updateOne(query, update as Document)
        return [matchedCount, modifiedCount, await things.find().sort({ _id: 1 }).toArray()]
      })
      t.equal(ours, theirs)
    }), { numRuns: 60 })
  })
}
