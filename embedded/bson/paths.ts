import { get, isDoc, type Doc } from './values.ts'

const isIndex = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part)

function collect (value: unknown, parts: string[], at: number, out: unknown[]): void {
  const part = parts[at]
  if (part === undefined) {
    out.push(value)
  } else if (Array.isArray(value)) {
    if (isIndex(part) && Number(part) < value.length) collect(value[Number(part)], parts, at + 1, out)
    for (const item of value) if (isDoc(item)) collect(item, parts, at, out)
  } else {
    out.push(...isDoc(value) ? leaves(get(value, part), parts, at + 1) : [undefined])
  }
}

function leaves (value: unknown, parts: string[], at: number): unknown[] {
  const out: unknown[] = []
  collect(value, parts, at, out)
  return out
}

/**
 * A reader of all the values a query finds at a dotted path: through arrays of documents it finds one each,
 * a missing field as undefined, and none in an array of scalars.
 */
export function reader (path: string): (doc: Doc) => unknown[] {
  if (!path.includes('.')) return (doc) => [get(doc, path)]
  const parts = path.split('.')
  return (doc) => leaves(doc, parts, 0)
}

/** What an index or a sort sees in place of an empty array; it comes before null. */
export const EMPTY = Symbol('[]')

/** The values that an index or a sort sees at a path: array elements one by one, never an empty list. */
export function elements (found: unknown[]): unknown[] {
  if (found.length === 1 && !Array.isArray(found[0])) return found
  const flat = found.flatMap((value: unknown) => Array.isArray(value) ? value.length > 0 ? value as unknown[] : [EMPTY] : [value])
  return flat.length > 0 ? flat : [undefined]
}
