import { get, isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { isNull } from './arithmetic.ts'

/** The document with another value at a path below objects; undefined removes it. */
function withValue (doc: Doc, [part, ...rest]: string[], value: unknown): Doc {
  const next = rest.length > 0 ? withValue(doc[part!] as Doc, rest, value) : value
  if (next !== undefined) return { ...doc, [part!]: next }
  const { [part!]: _, ...others } = doc
  return others
}

const valueAt = (doc: Doc, parts: string[]): unknown =>
  parts.reduce<unknown>((value, part) => isDoc(value) ? get(value, part) : undefined, doc)

const pathOf = (path: unknown): string[] => typeof path === 'string' && path.startsWith('$')
  ? path.slice(1).split('.')
  : fail(28818, 'path option to $unwind stage should be prefixed with a \'$\'')

export function * unwind (docs: Iterable<Doc>, spec: unknown): Generator<Doc> {
  const { path, includeArrayIndex: index, preserveNullAndEmptyArrays: keeps, ...others } = isDoc(spec) ? spec : { path: spec }
  const parts = pathOf(path)
  if (Object.keys(others).length > 0) fail(28811, `unrecognized option to $unwind stage: ${Object.keys(others)[0]}`)
  const numbered = (doc: Doc, at: bigint | null): Doc => typeof index === 'string' ? { ...doc, [index]: at } : doc
  for (const doc of docs) {
    const value = valueAt(doc, parts)
    if (!Array.isArray(value)) {
      if (keeps === true || !isNull(value)) yield numbered(doc, null)
      continue
    }
    for (const [i, item] of value.entries()) yield numbered(withValue(doc, parts, item), BigInt(i))
    if (value.length === 0 && keeps === true) yield numbered(withValue(doc, parts, undefined), null)
  }
}
