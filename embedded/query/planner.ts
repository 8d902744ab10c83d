import { idOf } from '../bson/keys.ts'
import { show, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import type { Collection } from '../storage/collection.ts'
import type { IndexTree } from '../storage/index-tree.ts'
import { conditions, implies, type Condition } from './bounds.ts'
import { matcher, preparedFilter, type Test } from './matcher.ts'
import { holdsAll, reach, type Reach } from './ranges.ts'
import { scan, type Counters } from './scan.ts'
import { sorter, sortSpec, type SortField } from './sorting.ts'

export interface Request { filter: Doc, sort?: Doc, hint?: unknown, variables?: Doc, skip?: number, limit?: number }

/** An index to read; `merge` if its stretches together give the sort's order only when merged. */
export interface Candidate extends Reach { index: IndexTree, direction: 1 | -1 | 0, merge: boolean }

export interface Plan { collection: Collection, candidate?: Candidate, test: Test, sort: SortField[], request: Request }

/** 1 or -1 if reading the index forward or backward gives the sort's order, 0 if neither does. */
function direction (index: IndexTree, sort: SortField[], equal: number, single: boolean): 1 | -1 | 0 {
  if (index.multikey) return 0
  const fixed = index.fields.slice(0, equal)
  // what has one value only needs no sorting, wherever it stands
  const rest = single ? sort.filter(({ path }) => !fixed.some((field) => field.path === path)) : sort
  const follow = index.fields.slice(equal)
  const signs = rest.map(({ path, sign }, i) => follow[i]?.path === path ? follow[i].descending ? -sign : sign : 0)
  if (signs.every((sign) => sign === 1)) return 1
  return signs.every((sign) => sign === -1) ? -1 : 0
}

function candidateOf (index: IndexTree, known: Condition[], sort: SortField[]): Candidate {
  const found = reach(index, known)
  const inOrder = direction(index, sort, 0, false)
  // several values of the first fields are merged by the fields that follow
  const merged = inOrder === 0 ? direction(index, sort, found.equal, found.single) : 0
  return { ...found, index, direction: inOrder || merged, merge: merged !== 0 }
}

const isUsable = (index: IndexTree, known: Condition[]): boolean => {
  const { partialFilterExpression } = index.spec
  if (!holdsAll(index, known)) return false
  return !partialFilterExpression || conditions(preparedFilter(partialFilterExpression)).every((wanted) => implies(known, wanted))
}

/** More equalities first, then a sort that comes free, then more ranges, then fewer fields. */
function better (a: Candidate, b: Candidate, sorted: boolean): Candidate {
  const rank = (c: Candidate): number[] => [c.equal, sorted ? Math.abs(c.direction) : 0, c.ranged, -c.index.fields.length]
  const [one, other] = [rank(a), rank(b)]
  const i = one.findIndex((value, at) => value !== other[at])
  return i === -1 || one[i]! > other[i]! ? a : b
}

/** An empty hint is none, as drivers send it. */
const isHint = (hint: unknown): boolean => hint !== undefined && hint !== '' && show(hint) !== '{}'

function hinted (collection: Collection, hint: unknown): IndexTree | undefined {
  const text = show(hint)
  if (text === '{"$natural":1}') return undefined
  const index = [...collection.indexes.values()].find(({ spec }) => spec.name === hint || JSON.stringify(spec.key) === text)
  return index ?? fail(2, 'error processing query: hint provided does not correspond to an existing index')
}

function choose (collection: Collection, known: Condition[], sort: SortField[], hint: unknown): Candidate | undefined {
  if (isHint(hint)) {
    const index = hinted(collection, hint)
    return index && candidateOf(index, known, sort)
  }
  const candidates = [...collection.indexes.values()].filter((index) => isUsable(index, known))
    .map((index) => candidateOf(index, known, sort))
    .filter(({ equal, ranged, direction }) => equal + ranged > 0 || (sort.length > 0 && direction !== 0))
  return candidates.length > 0 ? candidates.reduce((a, b) => better(a, b, sort.length > 0)) : undefined
}

export function plan (collection: Collection, request: Request): Plan {
  const filter = preparedFilter(request.filter)
  const sort = sortSpec(request.sort)
  const test = matcher(request.filter, request.variables)
  return { collection, test, sort, request, candidate: choose(collection, conditions(filter, request.variables), sort, request.hint) }
}

export const needsSort = ({ sort, candidate }: Plan): boolean => sort.length > 0 && !candidate?.direction

function * matching ({ collection, candidate, test }: Plan, counters: Counters): Generator<Doc> {
  const seen = candidate?.index.multikey ? new Set<string>() : undefined
  for (const doc of candidate ? scan(candidate, counters) : collection.byId.tree.values()) {
    if (seen) {
      const id = idOf(doc)
      if (seen.has(id)) continue
      seen.add(id)
    }
    counters.docs++
    if (test(doc)) yield doc
  }
}

function * window (docs: Iterable<Doc>, skip: number, limit: number): Generator<Doc> {
  let left = skip + limit
  let skipped = 0
  for (const doc of docs) {
    if (skipped++ >= skip) yield doc
    if (--left <= 0) return
  }
}

export function count (docs: Iterable<Doc>): number {
  let n = 0
  for (const doc of docs) n += Number(doc !== undefined)
  return n
}

/** The documents that a plan finds, in order; `counters` tell what it took. */
export function execute (plan: Plan, counters: Counters = { keys: 0, docs: 0 }): Iterable<Doc> {
  const { skip = 0, limit = Infinity } = plan.request
  const docs = matching(plan, counters)
  const ordered = needsSort(plan) ? sorter(plan.sort)(docs) : docs
  return skip === 0 && limit === Infinity ? ordered : window(ordered, skip, limit)
}
