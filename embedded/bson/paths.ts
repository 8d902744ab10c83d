import { get, isDoc, type Doc } from './values.ts'

const isIndex = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part)

/** Found values; `indexed` are those that the path names by their place in an array. */
interface Found { values: unknown[], indexed: unknown[] }

function collect (value: unknown, parts: string[], at: number, found: Found): void {
  const part = parts[at]
  if (part === undefined) {
    found.values.push(value)
  } else if (Array.isArray(value)) {
    if (isIndex(part) && Number(part) < value.length) {
      if (at === parts.length - 1) found.indexed.push(value[Number(part)])
      else collect(value[Number(part)], parts, at + 1, found)
    }
    for (const item of value) if (isDoc(item)) collect(item, parts, at, found)
  } else if (isDoc(value)) {
    collect(get(value, part), parts, at + 1, found)
  } else {
    found.values.push(undefined)
  }
}

type Reader = (doc: Doc) => unknown[]

function finder (path: string): (doc: Doc) => Found {
  const parts = path.split('.')
  return (doc) => {
    const found: Found = { values: [], indexed: [] }
    collect(doc, parts, 0, found)
    return found
  }
}

/**
 * A reader of all the values at a dotted path: through arrays of documents it finds one each,
 * a missing field as undefined, and none in an array of scalars.
 */
export function reader (path: string): Reader {
  if (!path.includes('.')) return (doc) => [get(doc, path)]
  const find = finder(path)
  return (doc) => {
    const { values, indexed } = find(doc)
    return [...indexed, ...values]
  }
}

const opened = (value: unknown): unknown[] => Array.isArray(value) ? [value, ...value as unknown[]] : [value]

/** A reader of what a condition is tried on: the values and, of arrays that no index in the path names, the elements. */
export function candidates (path: string): Reader {
  if (!path.includes('.')) return (doc) => opened(get(doc, path))
  const find = finder(path)
  return (doc) => {
    const { values, indexed } = find(doc)
    return [...indexed, ...values.flatMap(opened)]
  }
}

/** What an index or a sort sees in place of an empty array; it comes before null. */
const EMPTY = Symbol('[]')

/** The values that an index or a sort sees at a path: array elements one by one, never an empty list. */
export function elements (found: unknown[]): unknown[] {
  if (found.length === 1 && !Array.isArray(found[0])) return found
  const flat = found.flatMap((value: unknown) => Array.isArray(value) ? value.length > 0 ? value as unknown[] : [EMPTY] : [value])
  return flat.length > 0 ? flat : [undefined]
}
