import { MongoServerError, type Collection, type Document } from 'mongodb'
import { readIndexes } from './catalog.ts'
import type { IndexDeclaration } from './declarations.ts'

/** An index of the database. */
export interface IndexUsage {
  collection: string
  name: string
  key: Record<string, unknown>
  /** Whether every document of the collection is in it. */
  isComplete: boolean
  isUnique: boolean
  /** Whether it ends documents, by TTL. */
  isExpiry: boolean
  /** What it was declared for; null if it was not. */
  purpose: IndexDeclaration['purpose'] | null
  /** Queries that used it since the server that was asked has started; null where the engine does not tell. */
  uses: number | null
}

/** Uses by the name of the index, of all shards; null where the engine has no such statistics, or does not show them to us. */
async function countUses (collection: Collection): Promise<Map<string, number> | null> {
  try {
    const uses = new Map<string, number>()
    for (const { name, accesses } of await collection.aggregate<{ name: string, accesses: Document }>([{ $indexStats: {} }]).toArray()) {
      uses.set(name, (uses.get(name) ?? 0) + Number(accesses.ops))
    }
    return uses
  } catch (error) {
    if (error instanceof MongoServerError) return null
    throw error
  }
}

/** All indexes of some collections, but for that of `_id`. */
export function createUsage (declared: readonly IndexDeclaration[], collectionOf: (name: string) => Collection) {
  async function usageOf (collection: string): Promise<IndexUsage[]> {
    const [indexes, uses] = await Promise.all([readIndexes(collectionOf(collection)), countUses(collectionOf(collection))])
    return indexes.filter(({ name }) => name !== '_id_').map(({ name, key, unique, sparse, partialFilterExpression, expireAfterSeconds }): IndexUsage => {
      const text = JSON.stringify(key)
      const declaration = declared.find((one) => one.collection === collection && JSON.stringify(one.key) === text)
      return {
        collection,
        name: String(name),
        key: { ...key },
        isComplete: sparse !== true && partialFilterExpression === undefined,
        isUnique: unique === true,
        isExpiry: expireAfterSeconds !== undefined,
        purpose: declaration?.purpose ?? null,
        uses: uses && (uses.get(String(name)) ?? 0)
      }
    })
  }

  /** Those of the collections with declarations, and of `others`. */
  return async function usage (others: readonly string[] = []): Promise<IndexUsage[]> {
    const names = new Set([...declared.map(({ collection }) => collection), ...others])
    return (await Promise.all([...names].map(usageOf))).flat()
  }
}
