import DataLoader from 'dataloader'

/** Names of the fields that an answer needs; undefined: all. */
export type Fields = readonly string[] | undefined

/** Reads many entities by one database command; ids without an entity are left out of the map. */
export type FindMany<TId, T> = (ids: TId[], fields: Fields) => Promise<Map<TId, T>>

/** Loads one entity, together with all others that are asked for at the same time; null if there is none. */
export type Load<TId, T> = (id: TId, fields?: Fields) => Promise<T | null>

export interface LoaderOptions {
  /** Most keys of one batch. */
  maxBatchSize: number
  /** Off: each key is loaded by itself, again each time. */
  batch: boolean
  cache: boolean
  /** When a batch is sent; by default once all promises of this turn have settled. */
  batchScheduleFn?: (send: () => void) => void
}

interface Key<TId> {
  id: TId
  fields: Fields
}

/** What any of the keys needs; undefined if one of them needs everything. */
function unionOf (keys: ReadonlyArray<Key<unknown>>): Fields {
  const union = new Set<string>()
  for (const { fields } of keys) {
    if (fields === undefined) return undefined
    for (const field of fields) union.add(field)
  }
  return [...union]
}

/**
 * Batches the ids of one request to one command, which reads the union of the fields that they need.
 * The same id with other fields, asked for after its batch was sent, is a new key.
 */
export function createEntityLoader<TId extends string | number, T> (findMany: FindMany<TId, T>, options: LoaderOptions): Load<TId, T> {
  const loader = new DataLoader<Key<TId>, T | null, string>(async function loadBatch (keys) {
    const ids = new Set(keys.map(({ id }) => id))
    const found = await findMany([...ids], unionOf(keys))
    return keys.map(({ id }) => found.get(id) ?? null)
  }, { ...options, cacheKeyFn: ({ id, fields }) => `${id} ${fields?.join() ?? '*'}` })

  return (id, fields) => loader.load({ id, fields })
}
