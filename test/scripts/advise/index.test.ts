import t from 'tap'
import { render } from '../../../scripts/advise/text.ts'
import type { SlowQueryDocument } from '../../../schemas/slow-queries.ts'
import { prepareCommands } from '../helper.ts'

const record: SlowQueryDocument = {
  _id: 'a', collection: 'users', operation: 'find', shape: '{"filter":{"balance":{"$gt":"?"}},"sort":{"created_at":-1}}', count: 3, total_ms: 1800.4, max_ms: 700, last_seen: new Date(), requests: ['GET /v1/users'], plan: null
}
const plan = { index: null, scan: true, keys_examined: 0, documents_examined: 2000, returned: 20, sorted: true }

t.test('npm run advise tells what was slow and which index it would need', async (t) => {
  const { db, command } = await prepareCommands(t, 'advise/index')
  await db.collection<SlowQueryDocument>('slow_queries').insertMany([
    { ...record, plan },
    { ...record, _id: 'b', shape: '{"filter":{"user_id":"?"}}', total_ms: 900 }
  ])
  await db.collection('users').createIndex({ user_id: 1 }, { unique: true })
  await db.collection('users').createIndex({ is_active: 1, subscription_expires: -1 })

  const { code, output } = await command([])
  t.equal(code, 0)
  const [queries, rows, proposals, proposed, unused] = output.split('\n\n')
  t.equal(queries, 'Slow queries, those that took the most time first')
  t.match(rows, ' 3      1800       700  users find {"filter":{"balance":{"$gt":"?"}},"sort":{"created_at":-1}}\n')
  t.match(rows, 'reads the whole collection, 0 keys and 2000 documents examined for 20, sorted in memory; GET /v1/users\n')
  t.match(proposals, 'Proposed indexes')
  t.match(proposed, /^ +count +total ms +declaration\n +3 +1800 +compound\('users', \{ created_at: -1, balance: 1 \}\)$/, 'and none for what has one')
  t.match(unused, process.env.MONGODB_URI ? 'used once at most' : 'this engine does not tell')

  const { output: json } = await command(['--json'])
  t.match(JSON.parse(json), { queries: [{ _id: 'a' }, { _id: 'b' }], proposals: [{ collection: 'users', key: { created_at: -1, balance: 1 }, count: 3 }] })
})

t.test('a mistake is named', async (t) => {
  const { command } = await prepareCommands(t, 'advise/index')
  t.strictSame(await command(['--force']), { code: 2, output: "Unknown option '--force'\n" })
})

t.test('what is not known is said', async (t) => {
  t.equal(render({ queries: [], proposals: [], unused: [] }), 'No slow query was recorded\n\nEvery index was used since the database server started')

  const untold = { index: null, scan: null, keys_examined: null, documents_examined: null, returned: null, sorted: null }
  const text = render({ queries: [record, { ...record, plan: untold }, { ...record, plan: { ...untold, index: 'a_1', scan: false, sorted: false } }], proposals: [], unused: null })
  t.match(text, '  plan not known; GET /v1/users\n')
  t.match(text, '  plan not told; GET /v1/users\n')
  t.match(text, '  index a_1; GET /v1/users\n')
  t.match(text, 'No index is missing')
  t.match(text, 'this engine does not tell')

  const nested = { collection: 'users', key: { tier: 1, 'profile.name': 1 }, count: 1, total_ms: 600, requests: [] }
  const unused = { collection: 'users', name: 'a_1', key: { a: 1 }, isComplete: true, isUnique: false, isExpiry: false, purpose: 'compound' as const, uses: 0 }
  t.match(render({ queries: [{ ...record, plan }], proposals: [nested], unused: [unused, { ...unused, name: 'b_1', purpose: null }] }), /reads the whole collection, 0 keys and 2000 documents examined for 20, sorted in memory; [^]+compound\('users', \{ tier: 1, 'profile\.name': 1 \}\)\n\nIndexes for speed that were used once at most [\w ]+\n\n {2}users\.a_1\n {2}users\.b_1, not declared$/)
})
