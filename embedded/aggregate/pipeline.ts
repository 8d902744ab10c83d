import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { execute, plan, type Plan, type Request } from '../query/planner.ts'
import { Collection } from '../storage/collection.ts'
import type { Runtime } from './runtime.ts'
import { stages } from './stages.ts'

/** Stages that MongoDB knows and this engine refuses: those that write. */
const WRITING = new Set(['$out', '$merge'])

/** @throws for whatever is not a pipeline of known stages, before any of them runs */
export function stagesOf (pipeline: unknown): Doc[] {
  if (!Array.isArray(pipeline)) return fail(14, '\'pipeline\' option must be specified as an array')
  for (const stage of pipeline as unknown[]) {
    const names = isDoc(stage) ? Object.keys(stage) : []
    if (names.length !== 1) fail(40323, 'A pipeline stage specification object must contain exactly one field.')
    if (WRITING.has(names[0]!)) fail(238, `${names[0]} is not supported`)
    if (!stages.has(names[0]!)) fail(40324, `Unrecognized pipeline stage name: '${names[0]}'`)
  }
  return pipeline as Doc[]
}

export function aggregateDocs (docs: Iterable<Doc>, pipeline: Doc[], runtime: Runtime): Iterable<Doc> {
  return pipeline.reduce((input, stage) => {
    const [name, spec] = Object.entries(stage)[0]!
    return stages.get(name)!(input, spec, runtime)
  }, docs)
}

const leading = (pipeline: Doc[], name: string): Doc | undefined => isDoc(pipeline[0]?.[name]) ? pipeline[0][name] : undefined

/** What a plan can do of a pipeline's beginning (`$match`, `$sort`, `$limit`), and the stages that are left. */
export function planned (pipeline: Doc[], hint?: unknown): { request: Request, rest: Doc[] } {
  const filters: Doc[] = []
  let rest = pipeline
  for (let filter = leading(rest, '$match'); filter; filter = leading(rest, '$match')) {
    filters.push(filter)
    rest = rest.slice(1)
  }
  const sort = leading(rest, '$sort')
  if (sort && Object.keys(sort).length > 0) rest = rest.slice(1)
  const limit = rest[0]?.$limit
  const isCount = Number.isInteger(limit) && limit as number > 0
  const filter = filters.length > 1 ? { $and: filters } : filters[0] ?? {}
  return { request: { filter, sort, hint, limit: isCount ? limit as number : undefined }, rest: isCount ? rest.slice(1) : rest }
}

export const collectionPlan = (from: string, request: Request, { view, db, variables }: Runtime): Plan =>
  plan(view.collections.get(`${db}.${from}`)?.clone() ?? new Collection(`${db}.${from}`, 0), { ...request, variables })

/** The result of a pipeline over a collection. */
export function aggregate (from: string, pipeline: Doc[], runtime: Runtime, hint?: unknown): Iterable<Doc> {
  const { request, rest } = planned(pipeline, hint)
  return aggregateDocs(execute(collectionPlan(from, request, runtime)), rest, runtime)
}
