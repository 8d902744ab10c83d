import { get, isDoc, show, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'

/** Takes what is at a path (undefined: nothing) and says what shall be there (undefined: nothing). */
export type Change = (current: unknown) => unknown

/** An array may not grow by more than this through one index. */
const MAX_GROWTH = 1_500_000

const isIndex = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part)

function changedArray (array: unknown[], parts: string[], change: Change, creates: boolean): unknown[] {
  const [part, ...rest] = parts as [string, ...string[]]
  const at = Number(part)
  if (!isIndex(part)) return creates ? fail(28, `Cannot create field '${part}' in element {${show(array)}}`) : array
  const next = rest.length > 0 ? changed(array[at], rest, change, creates) : change(array[at])
  // nothing can be missing inside an array: what is removed leaves a null
  const value = next === undefined && at < array.length ? null : next
  if (value === array[at]) return array
  if (at - array.length > MAX_GROWTH) fail(2, `can't backfill more than ${MAX_GROWTH} elements`)
  const copy = array.slice()
  while (copy.length < at) copy.push(null)
  copy[at] = value
  return copy
}

function changedDoc (doc: Doc, parts: string[], change: Change, creates: boolean): Doc {
  const [part, ...rest] = parts as [string, ...string[]]
  const current = get(doc, part)
  const next = rest.length > 0 ? changed(current, rest, change, creates) : change(current)
  if (next === current) return doc
  if (next !== undefined) return { ...doc, [part]: next }
  const { [part]: _, ...others } = doc
  return others
}

/**
 * The value with a change made at a path below it; the same value if nothing changes, copied along the path if it does.
 * @throws PathNotViable where the path leads through a scalar, if the change creates fields
 */
export function changed (value: unknown, parts: string[], change: Change, creates: boolean): unknown {
  if (Array.isArray(value)) return changedArray(value, parts, change, creates)
  if (isDoc(value)) return changedDoc(value, parts, change, creates)
  if (!creates) return value
  if (value !== undefined) fail(28, `Cannot create field '${parts[0]}' in element {${show(value)}}`)
  return changedDoc({}, parts, change, creates)
}

/** What `$`, `$[]` and `$[name]` in update paths stand for. */
export interface Positions {
  /** The index that the query found in the array at a path. */
  matched: (path: string) => number
  filters: Map<string, (element: unknown) => boolean>
}

function chosen (part: string, array: unknown[], path: string, positions: Positions): number[] {
  if (part === '$') return [positions.matched(path)]
  const indexes = array.map((_, i) => i)
  if (part === '$[]') return indexes
  const filter = positions.filters.get(part.slice(2, -1)) ?? fail(2, `No array filter found for identifier '${part.slice(2, -1)}' in path '${path}.${part}'`)
  return indexes.filter((i) => filter(array[i]))
}

/** The paths, without positional parts, that an update path stands for in a document. */
export function concrete (value: unknown, path: string, positions: Positions): string[][] {
  let found: { parts: string[], at: unknown }[] = [{ parts: [], at: value }]
  for (const part of path.split('.')) {
    if (part === '') fail(56, `The update path '${path}' contains an empty field name, which is not allowed.`)
    found = found.flatMap(({ parts, at }) => {
      if (!part.startsWith('$')) return [{ parts: [...parts, part], at: below(at, part) }]
      if (parts.length === 0 || !/^\$(\[\w*\])?$/.test(part)) return fail(52, `The dollar ($) prefixed field '${part}' in '${path}' is not allowed in the context of an update`)
      if (!Array.isArray(at)) return fail(2, `The path '${parts.join('.')}' must exist in the document in order to apply array updates.`)
      return chosen(part, at, parts.join('.'), positions).map((i) => ({ parts: [...parts, String(i)], at: at[i] as unknown }))
    })
  }
  return found.map(({ parts }) => parts)
}

const below = (value: unknown, part: string): unknown =>
  Array.isArray(value) && isIndex(part) ? value[Number(part)] : isDoc(value) ? get(value, part) : undefined
