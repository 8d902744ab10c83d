import type { Document } from 'mongodb'
import t from 'tap'
import documents from '../../../../plugins/app/documents.ts'
import { readPlan } from '../../../../plugins/app/slow-query-log/plan.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import { buildBare, databaseName, dropDatabase, testEnv } from '../../../helper.ts'

const NOTHING = { index: null, scan: null, keys_examined: null, documents_examined: null, returned: null, sorted: null }
const stats = (keys: number, documents: number, returned: number): Document => ({ totalKeysExamined: keys, totalDocsExamined: documents, nReturned: returned })

t.test('the engine at hand tells how it answers', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(config, { env: testEnv })
  await fastify.register(mongodb)
  await fastify.register(documents)
  const database = fastify.mongo.client.db(databaseName())
  t.teardown(() => dropDatabase(database))
  const collection = database.collection('plans')
  await collection.insertMany(Array.from({ length: 2000 }, (_, n) => ({ n, group: n % 10, text: `text ${n}` })))
  await collection.createIndex({ group: 1, n: -1 })
  const planOf = async (command: Document, verbosity = 'executionStats') => readPlan(await database.command({ explain: command, verbosity }))

  t.match(await planOf({ find: 'plans', filter: { text: 'text 5' }, sort: { n: 1 } }), { index: null, scan: true, documents_examined: 2000, returned: 1, sorted: true })
  t.match(await planOf({ find: 'plans', filter: { group: 5 } }), { index: 'group_1_n_-1', scan: false, keys_examined: 200, documents_examined: 200, returned: 200, sorted: false })
  t.match(await planOf({ aggregate: 'plans', pipeline: [{ $match: { group: 5 } }], cursor: {} }), { index: 'group_1_n_-1', scan: false, returned: 200 })
  t.match(await planOf({ count: 'plans', query: { group: 5 } }), { index: 'group_1_n_-1', scan: false, keys_examined: 200 })
  t.match(await planOf({ find: 'plans', filter: { _id: 5 } }), { index: '_id_', scan: false, returned: 0 })
  t.match(await planOf({ find: 'plans', filter: { group: 5 } }, 'queryPlanner'), { index: 'group_1_n_-1', scan: false, keys_examined: null, documents_examined: null, returned: null })
})

t.test('plans of MongoDB are read, of every kind that it has', async (t) => {
  const classic = { queryPlanner: { winningPlan: { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: 'a_1' } }, rejectedPlans: [{ stage: 'COLLSCAN' }] }, executionStats: stats(3, 3, 2) }
  t.strictSame(readPlan(classic), { index: 'a_1', scan: false, keys_examined: 3, documents_examined: 3, returned: 2, sorted: false })

  const brokenOff = { ...classic, executionStats: { ...stats(3, 3, 2), executionSuccess: false } }
  t.strictSame(readPlan(brokenOff), { ...NOTHING, index: 'a_1', scan: false, sorted: false }, 'what was counted until it broke off is not told')

  const bySlots = { explainVersion: '2', queryPlanner: { winningPlan: { queryPlan: { stage: 'SORT', inputStage: { stage: 'COLLSCAN' } }, slotBasedPlan: { stages: '[2] sort' } } } }
  t.strictSame(readPlan(bySlots), { ...NOTHING, scan: true, sorted: true })

  const alternatives = { queryPlanner: { winningPlan: { stage: 'SUBPLAN', inputStage: { stage: 'OR', inputStages: [{ stage: 'IXSCAN', indexName: 'a_1' }, { stage: 'IXSCAN', indexName: 'b_1' }] } } } }
  t.match(readPlan(alternatives), { index: 'a_1, b_1', scan: false })
  t.match(readPlan({ queryPlanner: { winningPlan: { stage: 'IDHACK' } } }), { index: '_id_', scan: false }, 'before version 8')
  t.match(readPlan({ queryPlanner: { winningPlan: { stage: 'EXPRESS_IXSCAN', indexName: '_id_' } } }), { index: '_id_', scan: false }, 'from version 8')

  const stages = { stages: [{ $cursor: { queryPlanner: { winningPlan: { stage: 'COLLSCAN' } }, executionStats: stats(0, 900, 900) } }, { $group: {}, nReturned: 7 }, { $sort: { sortKey: { n: 1 } }, nReturned: 5 }] }
  t.strictSame(readPlan(stages), { index: null, scan: true, keys_examined: 0, documents_examined: 900, returned: 5, sorted: true })
})

t.test('plans of several shards add up', async (t) => {
  const plan = { stage: 'IXSCAN', indexName: 'a_1' }
  const found = { queryPlanner: { winningPlan: { stage: 'SHARD_MERGE', shards: [{ shardName: 'one', winningPlan: plan }, { shardName: 'two', winningPlan: { stage: 'COLLSCAN' } }] } }, executionStats: stats(4, 9, 2) }
  t.strictSame(readPlan(found), { index: 'a_1', scan: true, keys_examined: 4, documents_examined: 9, returned: 2, sorted: false })

  const shard = { queryPlanner: { winningPlan: plan }, executionStats: stats(4, 4, 1) }
  t.match(readPlan({ shards: { one: shard, two: { stages: [{ $cursor: shard }] } } }), { index: 'a_1', scan: false, keys_examined: 8, documents_examined: 8, returned: 2 })
})

t.test('plans of PostgreSQL count what each loop went through', async (t) => {
  const inner = { 'Node Type': 'Index Scan', 'Index Name': 'a_1', 'Relation Name': 'documents_1', 'Actual Rows': 2, 'Actual Loops': 3, 'Rows Removed by Filter': 1 }
  const only = { 'Node Type': 'Index Only Scan', 'Index Name': 'b_1', 'Relation Name': 'documents_2', 'Actual Rows': 5, 'Actual Loops': 1 }
  const all = { 'Node Type': 'Seq Scan', 'Relation Name': 'documents_3', 'Actual Rows': 10, 'Actual Loops': 1 }
  const joined = { 'Node Type': 'Nested Loop', 'Actual Rows': 6, 'Actual Loops': 1, Plans: [inner, { 'Node Type': 'Incremental Sort', Plans: [only] }, all] }
  t.strictSame(readPlan({ queryPlanner: { winningPlan: joined } }), { index: 'a_1, b_1', scan: true, keys_examined: 14, documents_examined: 19, returned: 6, sorted: true })

  const ofId = (condition: string) => readPlan({ queryPlanner: { winningPlan: { 'Node Type': 'Index Scan', 'Index Name': '_id_', 'Index Cond': condition } } })
  t.strictSame(ofId("((shard_key_value = '1'::bigint) AND (object_id = 'x'))"), { ...NOTHING, index: '_id_', scan: false, sorted: false }, 'not run, so nothing is counted')
  t.strictSame(ofId("(shard_key_value = '1'::bigint)"), { ...NOTHING, scan: true, sorted: false }, 'without a condition on it everything is read')
})

t.test('what is no plan tells nothing', async (t) => {
  t.strictSame(readPlan({ ok: 1 }), NOTHING)
  t.strictSame(readPlan({ queryPlanner: { winningPlan: 'a text' } }), NOTHING)
})
