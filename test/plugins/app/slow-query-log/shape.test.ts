import { ObjectId } from 'mongodb'
import t from 'tap'
import { shapeOfCommand } from '../../../../plugins/app/slow-query-log/shape.ts'

t.test('a find keeps its keys and operators, and none of its values', async (t) => {
  const shape = shapeOfCommand({
    find: 'transactions',
    filter: { user_id: 4242, created_at: { $lt: new Date(0) }, _id: new ObjectId(), reference: 'secret', note: null },
    sort: new Map([['created_at', -1], ['_id', -1]]),
    projection: { amount: 1, reference: 0 },
    limit: 21,
    lsid: { id: 'session' },
    $db: 'sahm'
  }, 'find')
  t.strictSame(shape, {
    filter: { user_id: '?', created_at: { $lt: '?' }, _id: '?', reference: '?', note: '?' },
    sort: { created_at: -1, _id: -1 },
    projection: { amount: 1, reference: 0 },
    limit: '?'
  })
})

t.test('arrays collapse into the distinct shapes of their items', async (t) => {
  const shape = shapeOfCommand({
    find: 'users',
    filter: { user_id: { $in: [1, 2, 3] }, $or: [{ tier: 'vip' }, { tier: 'admin' }, { balance: { $gt: 5 } }] }
  }, 'find')
  t.strictSame(shape, { filter: { user_id: { $in: ['?'] }, $or: [{ tier: '?' }, { balance: { $gt: '?' } }] } })
})

t.test('a pipeline shows its stages, with the directions of a sort and the fields of a projection', async (t) => {
  const shape = shapeOfCommand({
    aggregate: 'users',
    pipeline: [
      { $match: { user_id: 7 } },
      { $lookup: { from: 'transactions', pipeline: [{ $count: 'n' }], as: 'count' } },
      { $sort: { created_at: -1 } },
      { $project: { user_id: 1, secret: { $literal: 'x' } } }
    ],
    cursor: {}
  }, 'aggregate')
  t.strictSame(shape, {
    pipeline: [
      { $match: { user_id: '?' } },
      { $lookup: { from: '?', pipeline: [{ $count: '?' }], as: '?' } },
      { $sort: { created_at: -1 } },
      { $project: { user_id: 1, secret: { $literal: '?' } } }
    ],
    cursor: {}
  })
})

t.test('numbers in a document field named like a sort are values', async (t) => {
  const shape = shapeOfCommand({ update: 'users', updates: [{ q: { sort: { a: 1 } }, u: { $set: { sort: 1 } } }] }, 'update')
  t.strictSame(shape, { updates: [{ q: { sort: { a: '?' } }, u: { $set: { sort: '?' } } }] })
})

t.test('a sort that is not a document has the shape of a value', async (t) => {
  t.strictSame(shapeOfCommand({ find: 'users', sort: 'name' }, 'find'), { sort: '?' })
})

t.test('depth, keys, items and the whole are bounded', async (t) => {
  let deep: unknown = 1
  for (let level = 0; level < 100; level++) deep = { deep }
  const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`, n]))
  const documents = Array.from({ length: 500 }, (_, n) => ({ [`field${n}`]: wide }))

  const longest = JSON.stringify(shapeOfCommand({ insert: 'users', documents, deep }, 'insert'))
  t.ok(longest.length < 10_000, `${longest.length} characters`)
  t.match(JSON.stringify(shapeOfCommand({ find: 'users', filter: deep }, 'find')), '{"deep":"…"}')
  t.equal(Object.entries(shapeOfCommand(wide, 'find')).length, 31)
  t.strictSame(shapeOfCommand({ ['x'.repeat(200)]: 1 }, 'find'), { ['x'.repeat(64)]: '?' })
})
