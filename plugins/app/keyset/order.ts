import type { Document } from 'mongodb'
import { codecs, decodeCursor, encodeCursor, type KeyType, type KeyValue } from './cursor.ts'

export interface Page<T> {
  items: T[]
  /** `cursor` of the next page; null on the last. */
  nextCursor: string | null
  /** Cursor of the page that begins after an item. */
  cursorOf: (item: T) => string
}

interface PagesOptions<T, K> {
  keys: readonly K[]
  keyOf: (document: T) => K
  limit: number
}

/** `{a: x, b: {$lt: y}}` and the like: equal in all keys but the last, below in that. */
function below (fields: readonly string[], values: readonly KeyValue[]): Record<string, unknown> {
  const last = fields.length - 1
  return Object.fromEntries(fields.map((field, i) => [field, i === last ? { $lt: values[i] } : values[i]]))
}

/**
 * What comes after `values` in the order. The bound on the first key alone is a range of an index on any engine;
 * within it the alternatives need no repetition of the first key.
 */
function after (fields: readonly string[], values: readonly KeyValue[]): Record<string, unknown>[] {
  return fields.map((_, i) => i === 0 ? below(fields.slice(0, 1), values) : below(fields.slice(1, i + 1), values.slice(1)))
}

/**
 * A descending order over `keys`, the last of which is unique, for the list `name`.
 * `refuse` makes the error of a cursor that is not one of this list.
 */
export function createOrder (name: string, keys: Record<string, KeyType>, refuse: () => Error) {
  const fields = Object.keys(keys)
  const types = Object.values(keys)
  const [first] = types.map((type) => codecs[type].greatest)
  const [firstField = ''] = fields
  const sort = Object.fromEntries(fields.map((field) => [field, -1 as const]))

  const cursorOf = (item: object): string =>
    encodeCursor(name, fields.map((field) => Reflect.get(item, field) as unknown))

  function decode (cursor: string): KeyValue[] {
    const values = decodeCursor(name, types, cursor)
    if (values === undefined) throw refuse()
    return values
  }

  function page<T extends object> (documents: readonly T[], limit: number): Page<T> {
    const items = documents.slice(0, limit)
    const last = documents.length > limit ? items.at(-1) : undefined
    return { items, nextCursor: last === undefined ? null : cursorOf(last), cursorOf }
  }

  return {
    /** Fields that a projection must keep for the cursors. */
    fields,
    sort,

    /**
     * `filter` (equalities, and at most `$gte` and `$lt` on the first key) from `cursor` on.
     * The first page has a bound too, that of the type: without a condition some engines read the whole collection.
     */
    from (filter: Document, cursor?: string): Document {
      const values = cursor === undefined ? undefined : decode(cursor)
      const range: unknown = Reflect.get(filter, firstField)
      const bound = { ...(range instanceof Object ? range : {}), $lte: values?.[0] ?? first }
      return { ...filter, [firstField]: bound, ...(values && { $or: after(fields, values) }) }
    },

    /** Page of at most `limit` items from documents read with `limit + 1`: the one beyond says that there are more. */
    page,

    /** The same for each of `keys`, from the documents of all of them. */
    pages<T extends object, K> (documents: readonly T[], { keys, keyOf, limit }: PagesOptions<T, K>): Map<K, Page<T>> {
      const groups = new Map<K, T[]>(keys.map((key) => [key, []]))
      for (const document of documents) groups.get(keyOf(document))?.push(document)
      return new Map([...groups].map(([key, group]) => [key, page(group, limit)]))
    }
  }
}
