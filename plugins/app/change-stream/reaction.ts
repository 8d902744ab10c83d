import type { Change } from './change.ts'

/** Shortest time between two invalidations of everything: a mass delete without pre-images must not become as many. */
const ALL_PAUSE_MS = 1000

interface Needs {
  /** Undefined if anything may depend on the change. */
  tagsOf: (change: Change) => readonly string[] | undefined
  invalidate: (tags: readonly string[]) => Promise<void>
  invalidateAll: () => Promise<void>
}

/** What follows from a change. */
export function createReaction ({ tagsOf, invalidate, invalidateAll }: Needs) {
  let isUnclear = false
  let allInvalidatedAt = -Infinity

  return {
    /** Something has changed, and nobody can tell what: the next notice leads to the invalidation of everything. */
    missed (): void { isUnclear = true },

    /** Invalidates what depends on the change; null if there was none, which is when the rest is made up for. */
    async take (change: Change | null): Promise<void> {
      const tags = change === null ? [] : tagsOf(change)
      if (tags === undefined) isUnclear = true
      else if (tags.length > 0) await invalidate(tags)

      if (!isUnclear || performance.now() - allInvalidatedAt < ALL_PAUSE_MS) return
      isUnclear = false
      allInvalidatedAt = performance.now()
      await invalidateAll()
    }
  }
}
export type Reaction = ReturnType<typeof createReaction>
