import { LRUCache } from 'lru-cache'

/** The tag that everything has. */
export const EVERYTHING = '*'

/** Tags whose last invalidation is remembered one by one. */
const MAX_TAGS = 100_000

/**
 * A logical clock that tells whether something was invalidated since. What is kept remembers the time at which its
 * making began, so that a load which an invalidation overtakes is never taken for fresh. Bounded: a tag that is
 * forgotten counts as invalidated.
 */
export function createTagClock (maxTags = MAX_TAGS) {
  const invalidated = new LRUCache<string, number>({
    max: maxTags,
    dispose (time, _tag, reason) { if (reason === 'evict') floor = Math.max(floor, time) }
  })
  let time = 0
  let floor = 0

  return {
    now: (): number => time,

    invalidate: (tags: readonly string[]): void => {
      time += 1
      for (const tag of tags) invalidated.set(tag, time)
      // what is kept elsewhere does not name it
      if (tags.includes(EVERYTHING)) floor = time
    },

    /** As if every tag was invalidated. */
    invalidateAll: (): void => {
      time += 1
      floor = time
    },

    /** Whether none of the tags was invalidated after `since`, a time of this clock. */
    isCurrent: (tags: readonly string[], since: number): boolean => {
      if (since < floor) return false
      return tags.every((tag) => (invalidated.peek(tag) ?? 0) <= since)
    }
  }
}
export type TagClock = ReturnType<typeof createTagClock>
