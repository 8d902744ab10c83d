import { BSONRegExp } from 'bson'
import { reader } from '../bson/paths.ts'
import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { aggregate, stagesOf } from './pipeline.ts'
import { evaluator, type Runtime } from './runtime.ts'

const LOOKUP = new Set(['from', 'localField', 'foreignField', 'let', 'pipeline', 'as'])

interface Lookup { from: string, localField?: string, foreignField?: string, let?: Doc, pipeline: Doc[], as: string }

function lookupOf (spec: unknown): Lookup {
  if (!isDoc(spec)) return fail(9, 'the $lookup specification must be an Object')
  const unknown = Object.keys(spec).find((key) => !LOOKUP.has(key))
  if (unknown) fail(9, `unknown argument to $lookup: ${unknown}`)
  const { from, as, localField, foreignField, pipeline } = spec
  if (typeof from !== 'string' || typeof as !== 'string' || as.includes('.')) fail(9, 'must specify \'from\' and \'as\' fields for a $lookup')
  if ((localField === undefined) !== (foreignField === undefined)) fail(9, '$lookup requires both or neither of \'localField\' and \'foreignField\' to be specified')
  if (localField === undefined && pipeline === undefined) fail(9, '$lookup requires either \'pipeline\' or both \'localField\' and \'foreignField\' to be specified')
  return { ...spec, pipeline: stagesOf(pipeline ?? []) } as unknown as Lookup
}

/** What a foreign field must be one of: the local value, or the elements of a local array. */
function equality (foreignField: string, found: unknown[]): Doc {
  const values = found.flatMap((value) => Array.isArray(value) ? value as unknown[] : [value ?? null])
  if (values.some((value) => value instanceof BSONRegExp)) fail(238, '$lookup by a regular expression is not supported')
  return { $match: { [foreignField]: { $in: values } } }
}

export function * lookup (docs: Iterable<Doc>, spec: unknown, runtime: Runtime): Generator<Doc> {
  const { from, localField, foreignField, pipeline, as, let: variables = {} } = lookupOf(spec)
  const bindings = Object.entries(variables).map(([name, expression]) => [name, evaluator(expression, runtime)] as const)
  const local = localField === undefined ? undefined : reader(localField)
  for (const doc of docs) {
    const bound = Object.fromEntries(bindings.map(([name, evaluate]) => [name, evaluate(doc)]))
    const stages = local ? [equality(foreignField!, local(doc)), ...pipeline] : pipeline
    const found = aggregate(from, stages, { ...runtime, variables: { ...runtime.variables, ...bound } })
    yield { ...doc, [as]: Array.from(found) }
  }
}

export function * unionWith (docs: Iterable<Doc>, spec: unknown, runtime: Runtime): Generator<Doc> {
  const { coll, pipeline = [], ...others } = isDoc(spec) ? spec : { coll: spec }
  if (typeof coll !== 'string' || Object.keys(others).length > 0) fail(9, 'the $unionWith specification must be a collection name or { coll, pipeline }')
  yield * docs
  yield * aggregate(coll, stagesOf(pipeline), runtime)
}
