import fc from 'fast-check'
import { ObjectId } from 'mongodb'
import t from 'tap'
import keyset from '../../../plugins/app/keyset/index.ts'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import sensible from '../../../plugins/external/sensible.ts'
import { buildBare, dropDatabase, testEnv } from '../../helper.ts'

async function build (t: Parameters<typeof buildBare>[0]) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: testEnv })
  for (const plugin of [sensible, mongodb, keyset]) await fastify.register(plugin)
  return fastify
}

const KEYS = { rank: 'number', created_at: 'date', _id: 'id' } as const

t.test('the pages of a list have every document once, in order, whatever ties there are', async (t) => {
  const fastify = await build(t)
  const { client, db } = fastify.mongo
  const ranked = client.db(db?.databaseName).collection('ranked')
  t.teardown(() => dropDatabase(db))
  const order = fastify.keyset('ranked', KEYS)
  const document = fc.record({ rank: fc.integer({ min: -1, max: 2 }), created_at: fc.integer({ min: 0, max: 2 }).map((n) => new Date(n)) })

  await fc.assert(fc.asyncProperty(fc.array(document, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (documents, limit) => {
    await ranked.deleteMany({})
    if (documents.length > 0) await ranked.insertMany(documents.map((each) => ({ ...each })))
    const expected = await ranked.find().sort({ rank: -1, created_at: -1, _id: -1 }).toArray()

    const seen = []
    let cursor: string | undefined
    do {
      const found = await ranked.find(order.from({}, cursor)).sort(order.sort).limit(limit + 1).toArray()
      const page = order.page(found, limit)
      seen.push(...page.items)
      cursor = page.nextCursor ?? undefined
      if (cursor) t.equal(page.items.length, limit)
    } while (cursor)
    t.strictSame(seen, expected)
  }), { numRuns: 25 })
})

t.test('a range of the first key and the cursor bound the same pages', async (t) => {
  const { keyset } = await build(t)
  const order = keyset('signals', { created_at: 'date', _id: 'id' })
  const [from, to, id] = [new Date(10), new Date(20), new ObjectId()]
  const cursor = order.page([{ created_at: new Date(15), _id: id }], 1).cursorOf({ created_at: new Date(15), _id: id })

  t.strictSame(order.from({ symbol: 'BTCUSDT', created_at: { $gte: from, $lt: to } }, cursor), {
    symbol: 'BTCUSDT',
    created_at: { $gte: from, $lt: to, $lte: new Date(15) },
    $or: [{ created_at: { $lt: new Date(15) } }, { _id: { $lt: id } }]
  })
  t.strictSame(order.from({}), { created_at: { $lte: new Date(8.64e15) } }, 'the first page has a bound too')
})

t.test('every item of a page has a cursor, and only a page with a successor names the next', async (t) => {
  const { keyset } = await build(t)
  const order = keyset('ranked', { rank: 'number', _id: 'id' })
  const documents = [3, 2, 1].map((rank) => ({ rank, _id: new ObjectId() }))
  const [first, second, third] = documents

  const page = order.page(documents, 2)
  t.strictSame(page.items, [first, second])
  t.equal(page.nextCursor, second && page.cursorOf(second))
  t.equal(order.page(documents, 3).nextCursor, null)
  t.strictSame(order.from({}, third && page.cursorOf(third)).$or, [{ rank: { $lt: 1 } }, { _id: { $lt: third?._id } }])
})

t.test('the documents of several lists become a page of each, empty ones too', async (t) => {
  const { keyset } = await build(t)
  const order = keyset('ranked', { rank: 'number', _id: 'id' })
  const document = (owner: string, rank: number) => ({ owner, rank, _id: new ObjectId() })
  const documents = [document('a', 3), document('b', 9), document('a', 2), document('unasked', 1), document('a', 1)]

  const pages = order.pages(documents, { keys: ['a', 'b', 'c'], keyOf: ({ owner }) => owner, limit: 2 })
  t.strictSame([...pages.values()].map(({ items }) => items.map(({ rank }) => rank)), [[3, 2], [9], []])
  t.strictSame([...pages.values()].map(({ nextCursor }) => nextCursor !== null), [true, false, false])
})

t.test('a cursor that is broken or of another list is a bad request', async (t) => {
  const { keyset } = await build(t)
  const order = keyset('ranked', KEYS)
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const id = 'a'.repeat(24)

  t.ok(order.from({}, encode(['ranked', 1, 2, id])))
  const wrong = [
    'nonsense', encode('ranked'), encode(null), encode([]), encode(['other', 1, 2, id]), encode(['ranked', 1, 2]), encode(['ranked', 1, 2, id, 4]),
    encode(['ranked', '1', 2, id]), encode(['ranked', { $gt: 0 }, 2, id]), encode(['ranked', null, 2, id]), encode(['ranked', 1, 2.5, id]),
    encode(['ranked', 1, 9e15, id]), encode(['ranked', 1, 2, 'A'.repeat(24)]), encode(['ranked', 1, 2, 3]), encode(['ranked', 1, 2, id]).slice(4),
    Buffer.from(`["ranked",1e999,2,"${id}"]`).toString('base64url')
  ]
  for (const cursor of wrong) {
    t.throws(() => order.from({}, cursor), { statusCode: 400, code: 'INVALID_CURSOR' }, Buffer.from(cursor, 'base64url').toString())
  }
})
