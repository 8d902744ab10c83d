import type { IndexDescriptionInfo } from 'mongodb'
import type { IndexDeclaration } from './declarations.ts'

export interface IndexDifference {
  kind: 'missing' | 'different' | 'extra'
  collection: string
  /** Name of the index in the database, or that it would have. */
  name: string
  /** Key and options as JSON; null where there is no such index. */
  declared: string | null
  actual: string | null
}

const ID_INDEX = '_id_'

/** The name that MongoDB gives: `user_id_1_created_at_-1`. */
export const nameOf = ({ key }: Pick<IndexDeclaration, 'key'>): string => Object.entries(key).flat().join('_')

type Described = Pick<IndexDescriptionInfo, 'key' | 'unique' | 'sparse' | 'expireAfterSeconds' | 'partialFilterExpression'>

/** Key, and the options that change what an index does, as JSON: equal texts are equal indexes. */
export function describe ({ key, unique, sparse, expireAfterSeconds, partialFilterExpression }: Described): string {
  const options = { unique: unique || undefined, sparse: sparse || undefined, expireAfterSeconds, partialFilterExpression }
  return JSON.stringify({ key, ...options })
}

/** Where the indexes of a collection differ from those declared: missing, with other keys or options, or undeclared. */
export function compare (collection: string, declared: readonly IndexDeclaration[], actual: readonly IndexDescriptionInfo[]): IndexDifference[] {
  const rest = new Map(actual.filter(({ name }) => name !== ID_INDEX).map((index) => [index.name, index]))

  const faults = declared.flatMap((declaration): IndexDifference[] => {
    const name = nameOf(declaration)
    const wanted = describe({ key: declaration.key, ...declaration.options })
    const key = JSON.stringify(declaration.key)
    const found = [...rest.values()].find((index) => JSON.stringify(index.key) === key) ?? rest.get(name)
    if (!found) return [{ kind: 'missing', collection, name, declared: wanted, actual: null }]

    rest.delete(found.name)
    const present = describe(found)
    return present === wanted ? [] : [{ kind: 'different', collection, name: String(found.name), declared: wanted, actual: present }]
  })
  const extras = [...rest.values()].map((index): IndexDifference =>
    ({ kind: 'extra', collection, name: String(index.name), declared: null, actual: describe(index) }))
  return [...faults, ...extras]
}
