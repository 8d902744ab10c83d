import { aggregate, collectionPlan, planned, stagesOf } from '../aggregate/pipeline.ts'
import { projector } from '../aggregate/projection.ts'
import { compareKeys, keyOf } from '../bson/keys.ts'
import { elements, reader } from '../bson/paths.ts'
import { isDoc, plain, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { count, execute, type Request } from '../query/planner.ts'
import { countOf, docOf, namespace, runtimeOf, type Call, type Command } from './command.ts'

/** The part of a reading command that a plan answers to; `limit: 0` means no limit. */
export function requestOf (args: Doc, filter: string): Request {
  return {
    filter: docOf(args, filter),
    sort: plain(docOf(args, 'sort')),
    hint: isDoc(args.hint) ? plain(args.hint) : args.hint,
    skip: countOf(args, 'skip'),
    limit: countOf(args, 'limit') || undefined
  }
}

function * mapped (docs: Iterable<Doc>, change: (doc: Doc) => Doc): Generator<Doc> {
  for (const doc of docs) yield change(doc)
}

function find (call: Call): Doc {
  const { args, engine, session } = call
  const ns = namespace(call)
  const runtime = runtimeOf(call)
  const docs = execute(collectionPlan(args.find as string, requestOf(args, 'filter'), runtime))
  const projection = plain(docOf(args, 'projection'))
  const shown = Object.keys(projection).length > 0 ? mapped(docs, projector(projection, runtime)) : docs
  return engine.cursors.open(ns, shown, { count: countOf(args, 'batchSize'), single: args.singleBatch === true, session })
}

function runAggregate (call: Call): Doc {
  const { args, engine, session } = call
  if (args.cursor === undefined) fail(9, 'The \'cursor\' option is required, except for aggregate with the explain argument')
  if (Number(args.aggregate) === 1) fail(238, 'database aggregations are not supported')
  const ns = namespace(call)
  const docs = aggregate(args.aggregate as string, stagesOf(plain(args).pipeline), runtimeOf(call), requestOf(args, 'query').hint)
  return engine.cursors.open(ns, docs, { count: countOf(docOf(args, 'cursor'), 'batchSize'), session })
}

function runCount (call: Call): Doc {
  namespace(call)
  return { n: count(execute(collectionPlan(call.args.count as string, requestOf(call.args, 'query'), runtimeOf(call)))) }
}

function distinct (call: Call): Doc {
  namespace(call)
  const { args } = call
  const read = typeof args.key === 'string' ? reader(args.key) : fail(14, 'BSON field \'distinct.key\' is the wrong type, expected type \'string\'')
  const found = new Map<string, unknown>()
  for (const doc of execute(collectionPlan(args.distinct as string, requestOf(args, 'query'), runtimeOf(call)))) {
    for (const value of elements(read(doc))) if (value !== undefined && typeof value !== 'symbol') found.set(keyOf(value), value)
  }
  return { values: [...found].sort(([a], [b]) => compareKeys(a, b)).map(([, value]) => value) }
}

function getMore ({ args, db, engine }: Call): Doc {
  if (typeof args.getMore !== 'bigint' || typeof args.collection !== 'string') return fail(14, 'getMore needs a cursor id and a collection')
  return engine.cursors.more(args.getMore, `${db}.${args.collection}`, countOf(args, 'batchSize') || undefined)
}

function killCursors ({ args, engine }: Call): Doc {
  const ids = Array.isArray(args.cursors) ? args.cursors.filter((id) => typeof id === 'bigint') : fail(14, 'BSON field \'killCursors.cursors\' is the wrong type, expected type \'array\'')
  const cursorsKilled = ids.filter((id) => engine.cursors.kill(id))
  return { cursorsKilled, cursorsNotFound: ids.filter((id) => !cursorsKilled.includes(id)), cursorsAlive: [], cursorsUnknown: [] }
}

const READ = ['hint', 'let', 'maxTimeMS', 'comment', 'allowDiskUse']

export const reads: Record<string, Command> = {
  find: { run: find, transactional: true, fields: [...READ, 'filter', 'sort', 'projection', 'skip', 'limit', 'batchSize', 'singleBatch', 'noCursorTimeout'] },
  aggregate: { run: runAggregate, transactional: true, fields: [...READ, 'pipeline', 'cursor', 'bypassDocumentValidation'] },
  count: { run: runCount, fields: [...READ, 'query', 'skip', 'limit'] },
  distinct: { run: distinct, transactional: true, fields: [...READ, 'key', 'query'] },
  getMore: { run: getMore, transactional: true, fields: ['collection', 'batchSize', 'maxTimeMS', 'comment'] },
  killCursors: { run: killCursors, transactional: true, fields: ['cursors', 'comment'] }
}

/** What a plan for a pipeline's beginning answers to. */
export const pipelineRequest = (args: Doc): Request => planned(stagesOf(plain(args).pipeline), requestOf(args, 'query').hint).request
