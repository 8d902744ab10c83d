import { BSONRegExp, ObjectId, calculateObjectSize, serialize } from 'bson'
import type { Runtime } from '../aggregate/runtime.ts'
import { idOf } from '../bson/keys.ts'
import type { Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { execute, plan, type Request } from '../query/planner.ts'
import { compileUpdate, isReplacement, seed, type UpdateSpec } from '../update/compile.ts'
import { requestOf } from './reads.ts'

const MAX_DOCUMENT = 16 * 1024 * 1024

/** @throws for what MongoDB would not store either */
export function assertStorable (doc: Doc): void {
  const { _id } = doc
  if (Array.isArray(_id) || _id instanceof BSONRegExp) fail(2, 'The \'_id\' value cannot be an array or a regex')
  const dollar = Object.keys(doc).find((key) => key.startsWith('$'))
  if (dollar) fail(52, `The dollar ($) prefixed field '${dollar}' in '${dollar}' is not valid for storage.`)
  const size = calculateObjectSize(doc)
  if (size > MAX_DOCUMENT) fail(10334, `object to insert too large. size in bytes: ${size}, max size: ${MAX_DOCUMENT}`)
}

/** Found before anything is written, so that a statement does not meet its own results. */
function matches (ns: string, { view, variables }: Runtime, request: Request): Doc[] {
  const collection = view.collections.get(ns)
  return collection ? Array.from(execute(plan(collection, { ...request, variables }))) : []
}

interface Updated { matched: number, modified: number, before?: Doc, after?: Doc, upserted?: Doc }

const identical = (a: Doc, b: Doc): boolean => a === b || Buffer.compare(serialize(a, { ignoreUndefined: true }), serialize(b, { ignoreUndefined: true })) === 0

function assertSameId (before: Doc, after: Doc): void {
  if (idOf(before) !== idOf(after)) fail(66, 'Performing an update on the path \'_id\' would modify the immutable field \'_id\'')
}

function upsert (ns: string, { view }: Runtime, spec: UpdateSpec, update: (doc: Doc, isInsert: boolean) => Doc): Updated {
  const start = seed(spec.q)
  const made = update(isReplacement(spec.u) ? '_id' in start ? { _id: start._id } : {} : start, true)
  if ('_id' in start) assertSameId(start, made)
  const { _id = new ObjectId(), ...rest } = made
  const upserted = { _id, ...rest }
  assertStorable(upserted)
  view.replace(ns, undefined, upserted)
  return { matched: 0, modified: 0, upserted }
}

/** One statement of `update`: every document it matches, or the first, or a new one. */
export function updateMatching (ns: string, runtime: Runtime, statement: Doc): Updated {
  const spec = statement as unknown as UpdateSpec
  const multi = statement.multi === true
  const request = requestOf({ ...statement, limit: multi ? 0 : 1 }, 'q')
  const update = compileUpdate({ ...spec, q: request.filter }, runtime)
  if (multi && isReplacement(spec.u)) fail(9, 'multi update is not supported for replacement-style update')
  const found = matches(ns, runtime, request)
  if (found.length === 0 && statement.upsert === true) return upsert(ns, runtime, { ...spec, q: request.filter }, update)
  const changes = found.map((before) => ({ before, after: update(before, false) })).filter(({ before, after }) => !identical(before, after))
  for (const { before, after } of changes) {
    assertSameId(before, after)
    assertStorable(after)
    runtime.view.assertFree(ns, before, after)
  }
  for (const { before, after } of changes) runtime.view.replace(ns, before, after)
  return { matched: found.length, modified: changes.length, before: found[0], after: changes[0]?.after ?? found[0] }
}

/** One statement of `delete`: the documents it removed. */
export function removeMatching (ns: string, runtime: Runtime, statement: Doc): Doc[] {
  const found = matches(ns, runtime, requestOf(statement, 'q'))
  for (const doc of found) runtime.view.assertFree(ns, doc, undefined)
  for (const doc of found) runtime.view.replace(ns, doc, undefined)
  return found
}
