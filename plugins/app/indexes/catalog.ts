import { MongoServerError, type Collection, type IndexDescription, type IndexDescriptionInfo } from 'mongodb'
import { compare, describe, type IndexDifference } from './compare.ts'
import type { IndexDeclaration } from './declarations.ts'

const NAMESPACE_NOT_FOUND = 26

const toDescription = ({ key, options }: IndexDeclaration): IndexDescription => ({ key, ...options })

/** The indexes of a collection; none if it does not exist. */
export async function readIndexes (collection: Collection): Promise<IndexDescriptionInfo[]> {
  try {
    return await collection.indexes()
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return []
    throw error
  }
}

/** The database's indexes beside those declared. */
export function createCatalog (declared: readonly IndexDeclaration[], collectionOf: (name: string) => Collection) {
  const names = [...new Set(declared.map(({ collection }) => collection))]

  async function compareCollection (name: string): Promise<IndexDifference[]> {
    return compare(name, declared.filter(({ collection }) => collection === name), await readIndexes(collectionOf(name)))
  }

  return {
    /** All differences between the database and the declarations. */
    async check (): Promise<IndexDifference[]> {
      return (await Promise.all(names.map(compareCollection))).flat()
    },

    /** What is declared where the database differs. */
    declarationsOf (differences: readonly IndexDifference[]): IndexDeclaration[] {
      const texts = new Set(differences.map((difference) => difference.collection + difference.declared))
      return declared.filter((declaration) => texts.has(declaration.collection + describe({ key: declaration.key, ...declaration.options })))
    },

    async create (name: string, declarations: readonly IndexDeclaration[]): Promise<void> {
      await collectionOf(name).createIndexes(declarations.map(toDescription))
    },

    /** Puts what is declared in the place of an index; that one comes back if the new one cannot be built. */
    async replace ({ collection: collectionName, name }: IndexDifference, declarations: readonly IndexDeclaration[]): Promise<void> {
      const collection = collectionOf(collectionName)
      const previous = (await readIndexes(collection)).filter((index) => index.name === name)
      await collection.dropIndex(name)
      try {
        await collection.createIndexes(declarations.map(toDescription))
      } catch (error) {
        await collection.createIndexes(previous)
        throw error
      }
    }
  }
}
export type Catalog = ReturnType<typeof createCatalog>
