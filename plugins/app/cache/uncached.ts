import type { Cache, CacheDefinition, KeyPart } from './definition.ts'
import type { CacheCounts } from './metrics.ts'

/** A cache that keeps nothing, for a server without the optimization: each read is a load. */
export function createUncached<TArgs extends readonly KeyPart[], T> ({ load }: CacheDefinition<TArgs, T>, counts: CacheCounts): Cache<TArgs, T> {
  async function get (...args: TArgs): Promise<T> {
    counts.memory.miss += 1
    counts.loads += 1
    try {
      return await load(...args)
    } catch (error) {
      counts.failures += 1
      throw error
    }
  }
  return { get, refresh: get, read: async (...args) => ({ value: await get(...args), ageMs: 0 }) }
}
