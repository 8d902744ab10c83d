import { get, isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'

/** The document with another value at a path below objects; undefined removes it. */
function withValue (doc: Doc, [part, ...rest]: string[], value: unknown): Doc {
  const below = get(doc, part!)
  const next = rest.length > 0 ? withValue(isDoc(below) ? below : {}, rest, value) : value
  if (next !== undefined) return { ...doc, [part!]: next }
  const { [part!]: _, ...others } = doc
  return others
}

const valueAt = (doc: Doc, parts: string[]): unknown =>
  parts.reduce<unknown>((value, part) => isDoc(value) ? get(value, part) : undefined, doc)

export function * unwind (docs: Iterable<Doc>, spec: unknown): Generator<Doc> {
  const { path, includeArrayIndex, preserveNullAndEmptyArrays, ...others } = isDoc(spec) ? spec : { path: spec }
  if (typeof path !== 'string' || !path.startsWith('$') || Object.keys(others).length > 0) return fail('Location28818', 'path option to $unwind stage should be prefixed with a \'$\'')
  const parts = path.slice(1).split('.')
  const numbered = (doc: Doc, index: bigint | null): Doc => typeof includeArrayIndex === 'string' ? { ...doc, [includeArrayIndex]: index } : doc
  for (const doc of docs) {
    const value = valueAt(doc, parts)
    const isArray = Array.isArray(value)
    if (isArray && value.length > 0) {
      for (const [i, item] of value.entries()) yield numbered(withValue(doc, parts, item), BigInt(i))
    } else if (!isArray && value !== null && value !== undefined) {
      yield numbered(doc, null)
    } else if (preserveNullAndEmptyArrays === true) {
      yield numbered(isArray ? withValue(doc, parts, undefined) : doc, null)
    }
  }
}
