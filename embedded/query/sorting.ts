import { compareKeys, keyOf } from '../bson/keys.ts'
import { elements, reader } from '../bson/paths.ts'
import { show, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'

export interface SortField { path: string, sign: 1 | -1, read: (doc: Doc) => unknown[] }

function signOf (order: unknown): 1 | -1 {
  if (Number(order) === 1) return 1
  return Number(order) === -1 ? -1 : fail(2, `$sort key ordering must be 1 (for ascending) or -1 (for descending): ${show(order)}`)
}

export function sortSpec (sort: Doc = {}): SortField[] {
  return Object.entries(sort).map(([path, order]) => ({ path, sign: signOf(order), read: reader(path) }))
}

/** An array sorts by its least element, or backward by its greatest. */
function sortKey (doc: Doc, { read, sign }: SortField): string {
  const keys = elements(read(doc)).map(keyOf)
  return keys.length === 1 ? keys[0]! : keys.reduce((best, key) => sign * compareKeys(key, best) < 0 ? key : best)
}

/** A stable sort. */
export function sorter (fields: SortField[]): (docs: Iterable<Doc>) => Doc[] {
  return (docs) => {
    const rows = Array.from(docs, (doc) => ({ doc, keys: fields.map((field) => sortKey(doc, field)) }))
    rows.sort((a, b) => {
      const at = fields.findIndex((_, i) => a.keys[i] !== b.keys[i])
      return at === -1 ? 0 : fields[at]!.sign * compareKeys(a.keys[at]!, b.keys[at]!)
    })
    return rows.map(({ doc }) => doc)
  }
}
