import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { matcher } from '../query/matcher.ts'
import { count as countDocs } from '../query/planner.ts'
import { sorter, sortSpec } from '../query/sorting.ts'
import { group } from './grouping.ts'
import { lookup, unionWith } from './joins.ts'
import { aggregateDocs, stagesOf } from './pipeline.ts'
import { extender, projector } from './projection.ts'
import { evaluator, type Runtime } from './runtime.ts'
import { unwind } from './unwind.ts'

type Stage = (docs: Iterable<Doc>, spec: unknown, runtime: Runtime) => Iterable<Doc>

function * mapped (docs: Iterable<Doc>, change: (doc: Doc) => Doc): Generator<Doc> {
  for (const doc of docs) yield change(doc)
}

const needDoc = (name: string, spec: unknown): Doc =>
  isDoc(spec) && Object.keys(spec).length > 0 ? spec : fail(40272, `${name} specification must be a non-empty object`)

function counted (name: string, spec: unknown, least: number): number {
  const count = Number(spec)
  return Number.isSafeInteger(count) && count >= least ? count : fail(2, `invalid argument to ${name} stage: Expected an integer of at least ${least}, but got ${String(spec)}`)
}

function * filtered (docs: Iterable<Doc>, spec: unknown, { variables }: Runtime): Generator<Doc> {
  const test = matcher(isDoc(spec) ? spec : fail(15959, 'the match filter must be an expression in an object'), variables)
  for (const doc of docs) if (test(doc)) yield doc
}

function * limited (docs: Iterable<Doc>, spec: unknown): Generator<Doc> {
  let left = counted('$limit', spec, 1)
  for (const doc of docs) {
    yield doc
    if (--left === 0) return
  }
}

function * skipped (docs: Iterable<Doc>, spec: unknown): Generator<Doc> {
  let left = counted('$skip', spec, 0)
  for (const doc of docs) if (left-- <= 0) yield doc
}

function * count (docs: Iterable<Doc>, spec: unknown): Generator<Doc> {
  if (typeof spec !== 'string' || !/^[^$.][^.]*$/.test(spec)) return fail(40157, 'the count field must be a non-empty string, without $ and .')
  const total = countDocs(docs)
  if (total > 0) yield { [spec]: total }
}

function replaced (docs: Iterable<Doc>, expression: unknown, runtime: Runtime): Iterable<Doc> {
  const evaluate = evaluator(expression, runtime)
  return mapped(docs, (doc) => {
    const root = evaluate(doc)
    return isDoc(root) ? root : fail(40228, '\'newRoot\' expression must evaluate to an object')
  })
}

function unset (docs: Iterable<Doc>, spec: unknown, runtime: Runtime): Iterable<Doc> {
  const paths: unknown[] = Array.isArray(spec) ? spec : [spec]
  if (paths.length === 0 || !paths.every((path) => typeof path === 'string')) fail(31002, '$unset specification must be a string or an array of strings')
  return mapped(docs, projector(Object.fromEntries(paths.map((path) => [path, 0])), runtime))
}

function * facet (docs: Iterable<Doc>, spec: unknown, runtime: Runtime): Generator<Doc> {
  const facets = Object.entries(needDoc('$facet', spec)).map(([name, stages]) => [name, stagesOf(stages)] as const)
  const all = Array.from(docs)
  yield Object.fromEntries(facets.map(([name, stages]) => [name, Array.from(aggregateDocs(all, stages, runtime))]))
}

function * sample (docs: Iterable<Doc>, spec: unknown): Generator<Doc> {
  const all = Array.from(docs)
  const size = Math.min(counted('$sample', needDoc('$sample', spec).size, 1), all.length)
  for (let i = 0; i < size; i++) {
    const at = i + Math.floor(Math.random() * (all.length - i))
    const [here, there] = [all[i]!, all[at]!]
    all[at] = here
    yield there
  }
}

const extended: Stage = (docs, spec, runtime) => mapped(docs, extender(needDoc('$addFields', spec), runtime))

/** mingo's stages change documents in place, read all input under `$limit` and know one array order: these are ours. */
export const stages = new Map<string, Stage>([
  ['$match', filtered],
  ['$sort', (docs, spec) => sorter(sortSpec(needDoc('$sort', spec)))(docs)],
  ['$limit', limited],
  ['$skip', skipped],
  ['$count', count],
  ['$project', (docs, spec, runtime) => mapped(docs, projector(needDoc('$project', spec), runtime))],
  ['$addFields', extended],
  ['$set', extended],
  ['$unset', unset],
  ['$group', group],
  ['$sortByCount', (docs, spec, runtime) => sorter(sortSpec({ count: -1 }))(group(docs, { _id: spec, count: { $sum: 1 } }, runtime))],
  ['$replaceRoot', (docs, spec, runtime) => replaced(docs, needDoc('$replaceRoot', spec).newRoot, runtime)],
  ['$replaceWith', replaced],
  ['$unwind', unwind],
  ['$lookup', lookup],
  ['$unionWith', unionWith],
  ['$facet', facet],
  ['$sample', sample]
])
