import type { FastifyInstance } from 'fastify'
import { patternOf, type Pattern } from './pattern.ts'

type SlowQuery = Awaited<ReturnType<FastifyInstance['slowQueryLog']['recorded']>>[number]
type Index = Awaited<ReturnType<FastifyInstance['indexes']['usage']>>[number]

export interface Proposal {
  collection: string
  key: Record<string, number>
  /** What would have been quicker. */
  count: number
  total_ms: number
  requests: string[]
}

export interface Advice {
  queries: SlowQuery[]
  proposals: Proposal[]
  /** For speed, and hardly ever used; null where the engine does not tell. */
  unused: Index[] | null
}

/** DocumentDB counts the making of an index as a use. */
const MAX_USES = 1

const ID: Pick<Index, 'key' | 'isUnique'> = { key: { _id: 1 }, isUnique: true }

/** Equality, sort, range: https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/ */
const keyFor = ({ equality, sort, range }: Pattern): Proposal['key'] =>
  Object.fromEntries([...equality.map((field) => [field, 1] as const), ...sort, ...range.map((field) => [field, 1] as const)])

/** Whether the fields of an index give an order, read forwards or backwards. */
function givesOrder (fields: readonly [string, unknown][], sort: Pattern['sort']): boolean {
  const turns = sort.map(([field, direction], i) => fields[i]?.[0] === field ? direction * Number(fields[i][1]) : NaN)
  return turns.every((turn) => turn === turns[0])
}

/** Whether an index leads straight to what is asked, in its order. */
function serves (key: Index['key'], { equality, sort, range }: Pattern): boolean {
  const fields = Object.entries(key)
  // indexes of texts, places and hashes have neither an order nor ranges
  if (fields.some(([, direction]) => typeof direction !== 'number')) return false
  const first = fields.slice(0, equality.length).map(([field]) => field)
  if (!equality.every((field) => first.includes(field))) return false
  const others = fields.slice(equality.length)
  const next = others[sort.length]?.[0]
  return givesOrder(others, sort) && (range.length === 0 || (next !== undefined && range.includes(next)))
}

/** At most one document has all the values. */
const findsOne = ({ key, isUnique }: Pick<Index, 'key' | 'isUnique'>, { equality }: Pattern): boolean =>
  isUnique && Object.keys(key).every((field) => equality.includes(field))

function isServed (pattern: Pattern, indexes: readonly Pick<Index, 'key' | 'isUnique'>[]): boolean {
  return [ID, ...indexes].some((index) => findsOne(index, pattern) || serves(index.key, pattern))
}

const sizeOf = ({ equality, sort, range }: Pattern): number => equality.length + sort.length + range.length

function propose (queries: readonly SlowQuery[], indexes: readonly Index[]): Proposal[] {
  const proposals: Proposal[] = []
  // the longest first, for they may serve shorter ones too
  const asked = queries.map((query) => ({ ...query, pattern: patternOf(query.shape) })).sort((one, other) => sizeOf(other.pattern) - sizeOf(one.pattern))
  for (const { collection, pattern, count, total_ms: totalMs, requests } of asked) {
    const present = indexes.filter((index) => index.collection === collection && index.isComplete)
    if (sizeOf(pattern) === 0 || isServed(pattern, present)) continue
    const known = proposals.find((proposal) => proposal.collection === collection && serves(proposal.key, pattern))
    if (known === undefined) {
      proposals.push({ collection, key: keyFor(pattern), count, total_ms: totalMs, requests })
      continue
    }
    known.count += count
    known.total_ms += totalMs
    known.requests = [...new Set([...known.requests, ...requests])]
  }
  return proposals.sort((one, other) => other.total_ms - one.total_ms)
}

/** What slow queries would need of indexes, and which of those that there are nobody needs. */
export function advise (queries: SlowQuery[], indexes: readonly Index[]): Advice {
  const isTold = indexes.some(({ uses }) => uses !== null)
  return {
    queries,
    proposals: propose(queries, indexes),
    // those that are unique or expire documents keep promises, used or not
    unused: isTold ? indexes.filter(({ isUnique, isExpiry, uses }) => !isUnique && !isExpiry && uses !== null && uses <= MAX_USES) : null
  }
}
