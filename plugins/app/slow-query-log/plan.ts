import type { Document } from 'mongodb'
import type { PlanSummary } from '../../../schemas/slow-queries.ts'

/** Where plans of MongoDB, of its aggregations and shards, and of PostgreSQL (`Plans`) keep their parts. Not the rejected plans. */
const PARTS = [
  'queryPlanner', 'winningPlan', 'queryPlan', 'inputStage', 'inputStages', 'innerStage', 'outerStage', 'thenStage', 'elseStage', 'shards', 'stages',
  '$cursor', 'Plans'
]
const NOTHING: PlanSummary = { index: null, scan: null, keys_examined: null, documents_examined: null, returned: null, sorted: null }

const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null

function nodesOf (plan: unknown): Document[] {
  if (Array.isArray(plan)) return plan.flatMap(nodesOf)
  if (!isDocument(plan)) return []
  // an aggregation names its shards in the keys of a document
  return [plan, ...PARTS.flatMap((part) => part === 'shards' ? Object.values(plan.shards as Document ?? {}).flatMap(nodesOf) : nodesOf(plan[part]))]
}

const isOfPostgres = (node: Document): boolean => typeof node['Node Type'] === 'string'

/** DocumentDB reads a whole collection through the index of `_id`, with no condition on it. */
function readsAll (node: Document): boolean {
  if (node.stage === 'COLLSCAN' || node['Node Type'] === 'Seq Scan') return true
  return node['Index Name'] === '_id_' && !String(node['Index Cond']).includes('object_id')
}

const sorts = (node: Document): boolean => node.stage === 'SORT' || '$sort' in node || String(node['Node Type']).endsWith('Sort')

/** Name of the index that a node reads; of `_id` by one value, older servers say `IDHACK`. */
function indexOf (node: Document): string[] {
  const name: unknown = node.stage === 'IDHACK' ? '_id_' : node.indexName ?? node['Index Name']
  return typeof name === 'string' && !readsAll(node) ? [name] : []
}

const sum = (numbers: readonly unknown[]): number => numbers.reduce<number>((total, number) => total + Number(number ?? 0), 0)
const sumOf = (documents: readonly Document[], field: string): number => sum(documents.map((document): unknown => document[field]))

/** What went through a node of PostgreSQL, which tells means of its loops. */
function rowsOf (node: Document): number {
  return Math.round(sum([node['Actual Rows'], node['Rows Removed by Filter'], node['Rows Removed by Index Recheck']]) * Number(node['Actual Loops']))
}

function countPostgres (nodes: readonly Document[]): Partial<PlanSummary> {
  const counted = nodes.filter((node) => node['Actual Loops'] !== undefined)
  const [root] = counted
  if (root === undefined) return {}
  return {
    keys_examined: sum(counted.filter((node) => node['Index Name'] !== undefined).map(rowsOf)),
    documents_examined: sum(counted.filter((node) => node['Relation Name'] !== undefined && node['Node Type'] !== 'Index Only Scan').map(rowsOf)),
    returned: Math.round(Number(root['Actual Rows']) * Number(root['Actual Loops']))
  }
}

function countMongo (explained: Document, nodes: readonly Document[]): Partial<PlanSummary> {
  const counted = nodes.flatMap(({ executionStats: counts }) => isDocument(counts) ? [counts] : [])
  // one that broke off has counted up to there
  if (counted.length === 0 || counted.some(({ executionSuccess: isWhole }) => isWhole === false)) return {}
  // what the stages after the cursor leave of what it returned
  const last = (explained.stages as Document[] | undefined)?.at(-1)
  return {
    keys_examined: sumOf(counted, 'totalKeysExamined'),
    documents_examined: sumOf(counted, 'totalDocsExamined'),
    returned: sumOf(last?.nReturned === undefined ? counted : [last], 'nReturned')
  }
}

/** Reads the answer of `explain`, whether it comes from MongoDB (6 to 8), DocumentDB or the embedded database. */
export function readPlan (explained: Document): PlanSummary {
  const nodes = nodesOf(explained)
  const plan = nodes.filter((node) => typeof node.stage === 'string' || isOfPostgres(node))
  if (plan.length === 0) return NOTHING
  return {
    ...NOTHING,
    index: [...new Set(nodes.flatMap(indexOf))].join(', ') || null,
    scan: plan.some(readsAll),
    sorted: nodes.some(sorts),
    ...plan.some(isOfPostgres) ? countPostgres(plan) : countMongo(explained, nodes)
  }
}
