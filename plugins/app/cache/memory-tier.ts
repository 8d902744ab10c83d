import { LRUCache } from 'lru-cache'
import type { Entry } from './entry.ts'

/** An entry in memory: since when it is known to be current, and how often it was asked for. */
export interface Held extends Entry {
  since: number
  hits: number
}

/** What an entry takes besides its bytes and its key, measured: object, buffer, places in map and lists. */
const OVERHEAD_BYTES = 512

/** The tier of this process: the entries used last, bounded by the bytes that they take. */
export function createMemoryTier (maxBytes: number) {
  const entries = new LRUCache<string, Held>({
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }, key) => bytes.byteLength + key.length + OVERHEAD_BYTES
  })
  return {
    get: (key: string): Held | undefined => entries.get(key),
    set (key: string, held: Held): void { entries.set(key, held) },

    /** The keys asked for most among those that are held. */
    hottest (limit: number): string[] {
      const counted = [...entries.entries()].filter(([, { hits }]) => hits > 0).sort(([, a], [, b]) => b.hits - a.hits)
      return counted.slice(0, limit).map(([key]) => key)
    },

    size: () => ({ bytes: entries.calculatedSize, entries: entries.size })
  }
}
export type MemoryTier = ReturnType<typeof createMemoryTier>
