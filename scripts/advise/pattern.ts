/** What a query asks of an index: fields by equality, order, and fields by range. */
export interface Pattern {
  equality: string[]
  sort: [field: string, direction: number][]
  range: string[]
}

type Shape = Record<string, unknown>

/** Where a shape was too large, the log cut it. */
const CUT = '…'
const EQUALITY = ['$eq', '$in']
/** Not `$ne` and its like, which want nearly all of an index. */
const RANGE = ['$gt', '$gte', '$lt', '$lte']

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Adds the conditions that all results meet; alternatives (`$or`) and computed conditions (`$expr`) lead to no one index. */
function addFilter (pattern: Pattern, filter: unknown): void {
  for (const [field, condition] of Object.entries(filter ?? {})) {
    if (field === '$and') for (const part of condition as unknown[]) addFilter(pattern, part)
    if (field.startsWith('$')) continue

    const operators = isShape(condition) ? Object.keys(condition).filter((name) => name.startsWith('$')) : []
    const isEquality = operators.length === 0 || operators.some((name) => EQUALITY.includes(name))
    if (isEquality) pattern.equality.push(field)
    else if (operators.some((name) => RANGE.includes(name))) pattern.range.push(field)
  }
}

/** Filter and sort at the beginning of a pipeline; what comes later works on documents that were read. */
function beginningOf (pipeline: Shape[]): Shape {
  const end = pipeline.findIndex((stage) => !('$match' in stage))
  const matches = end === -1 ? pipeline : pipeline.slice(0, end)
  return { filter: { $and: matches.map(({ $match: filter }) => filter) }, sort: pipeline[matches.length]?.$sort }
}

/** The one filter of an update or delete; several in one command are alike, or nothing can be said. */
function statementOf (statements: unknown): Shape {
  const [first, second] = statements as Shape[]
  return second === undefined ? { filter: first?.q } : {}
}

function askedBy ({ filter, query, sort, pipeline, updates, deletes }: Shape): Shape {
  if (pipeline !== undefined) return beginningOf(pipeline as Shape[])
  if (updates !== undefined || deletes !== undefined) return statementOf(updates ?? deletes)
  return { filter: filter ?? query, sort }
}

/** The pattern of a recorded shape; nothing is in it where no index is of use, or none can be told. */
export function patternOf (shape: string): Pattern {
  const pattern: Pattern = { equality: [], sort: [], range: [] }
  if (shape.includes(CUT)) return pattern
  const { filter, sort } = askedBy(JSON.parse(shape) as Shape)
  addFilter(pattern, filter)
  const equality = new Set(pattern.equality)
  const order = Object.entries(isShape(sort) ? sort : {}).filter(([field]) => !equality.has(field))
  // by a score of text search, for one, no index of ours sorts
  if (order.every(([, direction]) => typeof direction === 'number')) pattern.sort = order as Pattern['sort']
  const sorted = new Set(pattern.sort.map(([field]) => field))
  const range = new Set(pattern.range.filter((field) => !equality.has(field) && !sorted.has(field)))
  return { equality: [...equality], sort: pattern.sort, range: [...range] }
}
