import { compareKeys } from '../bson/keys.ts'
import { get, isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { aggregateDocs, stagesOf } from '../aggregate/pipeline.ts'
import type { Runtime } from '../aggregate/runtime.ts'
import { matcher, preparedFilter } from '../query/matcher.ts'
import { conditions } from '../query/bounds.ts'
import { operators } from './operators.ts'
import { changed, concrete, type Positions } from './paths.ts'

/** A document's successor; the same document if nothing changes. */
type Update = (doc: Doc, isInsert: boolean) => Doc

export interface UpdateSpec { u: unknown, q: Doc, arrayFilters?: unknown }

interface Step { paths: string[], onlyInsert: boolean, apply: (doc: Doc, positions: Positions) => unknown }

function rename (path: string, to: unknown): Step {
  if (typeof to !== 'string') return fail(2, `The 'to' field for $rename must be a string: ${path}: ${String(to)}`)
  if ([path, to].some((name) => name.includes('$'))) fail(2, 'The fields of $rename may not be dynamic')
  const apply = (doc: Doc): unknown => {
    let moved: unknown
    const left = changed(doc, path.split('.'), (current) => { moved = current; return undefined }, false)
    return moved === undefined ? doc : changed(left, to.split('.'), () => moved, true)
  }
  return { paths: [path, to], onlyInsert: false, apply }
}

function stepsOf (operator: string, fields: unknown): Step[] {
  if (!isDoc(fields)) return fail(9, `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}}`)
  if (operator === '$rename') return Object.entries(fields).map(([path, to]) => rename(path, to))
  const onlyInsert = operator === '$setOnInsert'
  const known = operators.get(onlyInsert ? '$set' : operator) ?? fail(9, `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`)
  return Object.entries(fields).map(([path, operand]) => {
    const change = known.change(operand)
    const apply: Step['apply'] = (doc, positions) => concrete(doc, path, positions)
      .reduce<unknown>((value, parts) => changed(value, parts, change, known.creates), doc)
    return { paths: [path], onlyInsert, apply }
  })
}

function assertApart (paths: string[]): void {
  const sorted = paths.map((path) => path + '.').sort(compareKeys)
  const at = sorted.findIndex((path, i) => i > 0 && path.startsWith(sorted[i - 1]!))
  if (at !== -1) fail(40, `Updating the path '${sorted[at]!.slice(0, -1)}' would create a conflict at '${sorted[at - 1]!.slice(0, -1)}'`)
}

function arrayFilters (list: unknown, paths: string[]): Positions['filters'] {
  const filters: Doc[] = Array.isArray(list) ? list.filter(isDoc) : []
  return new Map(filters.map((filter) => {
    const names = new Set(conditions(preparedFilter(filter)).map(({ path }) => path.split('.')[0]!))
    const [name] = names
    if (names.size !== 1 || !name) return fail(9, 'An array filter must name one identifier, at its top level')
    if (!paths.some((path) => path.includes(`$[${name}]`))) fail(9, `The array filter for identifier '${name}' was not used in the update`)
    const test = matcher(filter)
    return [name, (element: unknown) => test({ [name]: element })]
  }))
}

/** Finds the element that the query matched; which one it was is clear only if the query says one thing about the array. */
function matchedIndex (query: Doc, doc: Doc, path: string): number {
  const about = Object.entries(query).filter(([key]) => key === path || key.startsWith(path + '.'))
  if (path.includes('.') || about.length > 1) fail(238, 'the positional operator needs a top-level array with one condition in the query')
  const test = matcher(Object.fromEntries(about))
  const at = about.length === 0 ? -1 : (get(doc, path) as unknown[]).findIndex((item) => test({ [path]: [item] }))
  return at === -1 ? fail(2, 'The positional operator did not find the match needed from the query.') : at
}

function fromOperators (spec: Doc, { q, arrayFilters: list }: UpdateSpec): Update {
  // as MongoDB does, new fields are added in the order of their names
  const steps = Object.entries(spec).flatMap(([operator, fields]) => stepsOf(operator, fields))
    .sort((a, b) => compareKeys(a.paths[0]!, b.paths[0]!))
  const paths = steps.flatMap((step) => step.paths)
  assertApart(paths)
  const filters = arrayFilters(list, paths)
  return (doc, isInsert) => steps.filter(({ onlyInsert }) => isInsert || !onlyInsert)
    .reduce((value, { apply }) => apply(value, { filters, matched: (path) => matchedIndex(q, doc, path) }) as Doc, doc)
}

const PIPELINE_STAGES = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith'])

function fromPipeline (pipeline: Doc[], runtime: Runtime): Update {
  const unknown = stagesOf(pipeline).map((stage) => Object.keys(stage)[0]!).find((name) => !PIPELINE_STAGES.has(name))
  if (unknown) fail(72, `${unknown} is not allowed to be used within an update`)
  return (doc) => {
    const [next] = aggregateDocs([doc], pipeline, runtime)
    return '_id' in next! || !('_id' in doc) ? next! : { _id: doc._id, ...next }
  }
}

/** A replacement keeps the `_id`, which comes first. */
function fromReplacement (replacement: Doc): Update {
  return (doc) => {
    const _id = get(replacement, '_id') ?? get(doc, '_id')
    return _id === undefined ? { ...replacement } : { _id, ...replacement }
  }
}

export const isReplacement = (update: unknown): update is Doc => isDoc(update) && !Object.keys(update)[0]?.startsWith('$')

export function compileUpdate (spec: UpdateSpec, runtime: Runtime): Update {
  const { u } = spec
  if (Array.isArray(u)) return fromPipeline(u as Doc[], runtime)
  if (!isDoc(u)) return fail(9, 'Update argument must be either an object or an array')
  return isReplacement(u) ? fromReplacement(u) : fromOperators(u, spec)
}

/** The document that an upsert starts from: the equalities of its query. */
export function seed (query: Doc): Doc {
  return conditions(preparedFilter(query)).reduce<Doc>((doc, { path, operator, operand }) =>
    operator === '$eq' && !(operand instanceof RegExp) ? changed(doc, path.split('.'), () => operand, true) as Doc : doc, {})
}
