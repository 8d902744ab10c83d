import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { collectionPlan } from '../aggregate/pipeline.ts'
import { count, execute, needsSort, type Plan, type Request } from '../query/planner.ts'
import { namespaceOf, runtimeOf, type Call, type Command } from './command.ts'
import { pipelineRequest, requestOf } from './reads.ts'

const first = (field: string) => (args: Doc): Request => {
  const [statement, ...others] = Array.isArray(args[field]) ? args[field] as unknown[] : []
  return isDoc(statement) && others.length === 0 ? requestOf(statement, 'q') : fail(9, `explain needs exactly one of ${field}`)
}

/** Where each command keeps what a plan answers to. */
const REQUESTS: Record<string, (args: Doc) => Request> = {
  find: (args) => requestOf(args, 'filter'),
  count: (args) => requestOf(args, 'query'),
  distinct: (args) => requestOf(args, 'query'),
  findAndModify: (args) => requestOf(args, 'query'),
  aggregate: pipelineRequest,
  update: first('updates'),
  delete: first('deletes')
}

function winningPlan (plan: Plan): Doc {
  const { candidate, sort } = plan
  const { spec, multikey } = candidate?.index ?? {}
  const read = candidate
    ? { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: spec!.name, keyPattern: { ...spec!.key }, isMultiKey: multikey, direction: candidate.direction === -1 ? 'backward' : 'forward' } }
    : { stage: 'COLLSCAN', direction: 'forward' }
  if (!needsSort(plan)) return read
  return { stage: 'SORT', sortPattern: Object.fromEntries(sort.map(({ path, sign }) => [path, sign])), inputStage: read }
}

function explain (call: Call): Doc {
  const inner = isDoc(call.args.explain) ? call.args.explain : fail(9, 'explain needs a command')
  const name = Object.keys(inner)[0] ?? ''
  const requestFor = REQUESTS[name] ?? fail(115, `Explain failed: ${name} is not supported`)
  const from = String(inner[name])
  const plan = collectionPlan(from, requestFor(inner), runtimeOf({ ...call, args: inner }))
  const queryPlanner = { plannerVersion: 1, namespace: namespaceOf(call.db, from), winningPlan: winningPlan(plan), rejectedPlans: [] }
  if (call.args.verbosity === 'queryPlanner') return { explainVersion: '1', queryPlanner }
  const counters = { keys: 0, docs: 0 }
  const started = performance.now()
  const nReturned = count(execute(plan, counters))
  const executionTimeMillis = Math.round(performance.now() - started)
  return { explainVersion: '1', queryPlanner, executionStats: { executionSuccess: true, nReturned, executionTimeMillis, totalKeysExamined: counters.keys, totalDocsExamined: counters.docs } }
}

export const explaining: Record<string, Command> = { explain: { run: explain, fields: ['verbosity', 'comment'] } }
