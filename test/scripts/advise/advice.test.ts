import t from 'tap'
import { advise } from '../../../scripts/advise/advice.ts'
import { patternOf } from '../../../scripts/advise/pattern.ts'

const query = (shape: object, changes: object = {}) => ({
  _id: JSON.stringify(shape), collection: 'users', operation: 'find', shape: JSON.stringify(shape), count: 1, total_ms: 600, max_ms: 600, last_seen: new Date(0), requests: ['GET /v1/users'], plan: null, ...changes
})
const index = (key: Record<string, unknown>, changes: object = {}) => ({
  collection: 'users', name: Object.entries(key).flat().join('_'), key, isComplete: true, isUnique: false, isExpiry: false, purpose: null, uses: null, ...changes
})
const keysFor = (shapes: object[], indexes: ReturnType<typeof index>[] = []) => advise(shapes.map((shape) => query(shape)), indexes).proposals.map(({ key }) => JSON.stringify(key))

t.test('a shape asks by equality, order and range', async (t) => {
  const of = (shape: object) => patternOf(JSON.stringify(shape))
  const ordered = { filter: { at: { $gte: '?', $lt: '?' }, tier: { $in: ['?'] }, is_active: '?', name: { $regex: '?' } }, sort: { created_at: -1, is_active: 1 } }
  t.strictSame(of(ordered), { equality: ['tier', 'is_active'], sort: [['created_at', -1]], range: ['at'] })

  const page = { filter: { user_id: '?', created_at: { $lte: '?' }, $or: [{ created_at: { $lt: '?' } }, { _id: '?' }] }, sort: { created_at: -1, _id: -1 } }
  t.strictSame(of(page), { equality: ['user_id'], sort: [['created_at', -1], ['_id', -1]], range: [] }, 'the order of a page bounds it')

  t.strictSame(of({ query: { $and: [{ a: '?' }, { $and: [{ b: { $ne: '?' } }] }], c: { $exists: '?' }, d: { x: '?' }, e: ['?'] } }), { equality: ['a', 'd', 'e'], sort: [], range: [] })
  t.strictSame(of({ sort: { score: { $meta: '?' } } }), { equality: [], sort: [], range: [] })
  t.strictSame(of({ sort: '?' }), { equality: [], sort: [], range: [] })
  t.strictSame(of({ filter: { a: '?', b: '…' } }), { equality: [], sort: [], range: [] }, 'a shape that was cut')
  t.strictSame(of({}), { equality: [], sort: [], range: [] })
})

t.test('of a pipeline its beginning asks, of writes their one statement', async (t) => {
  const of = (shape: object) => patternOf(JSON.stringify(shape))
  t.strictSame(of({ pipeline: [{ $match: { a: '?' } }, { $match: { b: { $gt: '?' } } }, { $sort: { c: -1 } }, { $group: {} }] }), { equality: ['a'], sort: [['c', -1]], range: ['b'] })
  t.strictSame(of({ pipeline: [{ $match: { a: '?' } }] }), { equality: ['a'], sort: [], range: [] })
  t.strictSame(of({ pipeline: [{ $group: {} }, { $match: { a: '?' } }] }), { equality: [], sort: [], range: [] })
  t.strictSame(of({ updates: [{ q: { a: '?' }, u: { $set: { b: '?' } } }] }), { equality: ['a'], sort: [], range: [] })
  t.strictSame(of({ deletes: [{ q: { a: '?' } }, { q: { b: '?' } }] }), { equality: [], sort: [], range: [] })
  t.strictSame(of({ deletes: [] }), { equality: [], sort: [], range: [] })
})

t.test('an index is proposed in the order equality, sort, range, unless there is one', async (t) => {
  const shape = { filter: { balance: { $gt: '?' }, tier: '?' }, sort: { created_at: -1 } }
  const wanted = ['{"tier":1,"created_at":-1,"balance":1}']
  t.strictSame(keysFor([shape]), wanted)
  for (const other of [{ tier: 1 }, { created_at: -1, tier: 1 }, { tier: 1, balance: 1, created_at: -1 }, { tier: 1, created_at: -1 }, { tier: 'text', created_at: -1, balance: 1 }]) {
    t.strictSame(keysFor([shape], [index(other)]), wanted, JSON.stringify(other))
  }
  t.strictSame(keysFor([shape], [index({ tier: 1, created_at: -1, balance: 1 }, { isComplete: false })]), wanted, 'not every document is in it')
  t.strictSame(keysFor([shape], [index({ tier: 1, created_at: -1, balance: 1 }, { collection: 'others' })]), wanted)
  for (const other of [{ tier: 1, created_at: -1, balance: -1, name: 1 }, { tier: -1, created_at: 1, balance: 1 }]) {
    t.strictSame(keysFor([shape], [index(other)]), [], JSON.stringify(other))
  }
  const twice = { sort: { a: 1, b: -1 } }
  t.strictSame(keysFor([twice], [index({ a: -1, b: 1 })]), [], 'read backwards')
  t.strictSame(keysFor([twice], [index({ a: 1, b: 1 })]), ['{"a":1,"b":-1}'])
})

t.test('nothing is proposed where one document is found, or no index is of use', async (t) => {
  t.strictSame(keysFor([{ filter: { _id: '?', tier: '?' } }, { sort: { _id: -1 } }, { filter: { _id: { $gt: '?' } } }]), [])
  t.strictSame(keysFor([{ filter: { user_id: '?', balance: { $gte: '?' } } }], [index({ user_id: 1 }, { isUnique: true })]), [])
  t.strictSame(keysFor([{ filter: {} }, { pipeline: [{ $group: {} }] }, { filter: { $or: [{ a: '?' }] } }]), [])
})

t.test('one proposal stands for all that it serves, and what takes most time comes first', async (t) => {
  const shorter = query({ filter: { a: '?' } }, { count: 3, total_ms: 1800, requests: ['GET /v1/a', 'GET /v1/users'] })
  const longer = query({ filter: { a: '?' }, sort: { b: 1 } }, { count: 2, total_ms: 1000 })
  const other = query({ filter: { c: '?' } }, { total_ms: 5000 })
  const elsewhere = query({ filter: { a: '?' } }, { collection: 'analysts' })
  t.strictSame(advise([shorter, longer, other, elsewhere], []).proposals, [
    { collection: 'users', key: { c: 1 }, count: 1, total_ms: 5000, requests: ['GET /v1/users'] },
    { collection: 'users', key: { a: 1, b: 1 }, count: 5, total_ms: 2800, requests: ['GET /v1/users', 'GET /v1/a'] },
    { collection: 'analysts', key: { a: 1 }, count: 1, total_ms: 600, requests: ['GET /v1/users'] }
  ])
})

t.test('indexes for speed that nobody uses are named, where the engine tells', async (t) => {
  const [unused, made, used] = [0, 1, 2].map((uses) => index({ [`field${uses}`]: 1 }, { purpose: 'compound', uses }))
  const left = index({ d: 1 }, { uses: 0 })
  const others = [index({ c: 1 }, { isUnique: true, uses: 0 }), index({ f: 1 }, { isExpiry: true, uses: 0 }), index({ e: 1 }, { purpose: 'compound' })]
  t.strictSame(advise([], [unused, made, used, left, ...others].filter((one) => one !== undefined)).unused, [unused, made, left], 'those of former releases too')
  t.equal(advise([], [index({ a: 1 }, { purpose: 'compound' })]).unused, null)
})
