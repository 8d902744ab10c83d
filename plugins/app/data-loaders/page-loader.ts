import { createEntityLoader, type Fields, type Load, type LoaderOptions } from './entity-loader.ts'

/** Reads the first pages of many lists by one database command. */
export type FindPages<TId, TQuery, T> = (ids: TId[], query: TQuery & { fields?: Fields }) => Promise<Map<TId, T>>

/** Batches the first pages of the lists of many owners; lists of other limits or filters are batches of their own. */
export function createPageLoader<TId extends string | number, TQuery extends object, T> (findPages: FindPages<TId, TQuery, T>, options: LoaderOptions) {
  const loaders = new Map<string, Load<TId, T>>()

  return function loadPage (id: TId, query: TQuery, fields?: Fields): Promise<T | null> {
    const key = JSON.stringify(query)
    const load = loaders.get(key) ?? createEntityLoader<TId, T>((ids, union) => findPages(ids, { ...query, fields: union }), options)
    loaders.set(key, load)
    return load(id, fields)
  }
}
