import type { GuardedTier } from './guarded-tier.ts'
import type { CacheMetrics, InvalidationSource } from './metrics.ts'
import type { TagClock } from './tag-clock.ts'

/** Most tags whose invalidation waits for the shared tier; beyond, the time to live bounds how stale its entries are. */
const MAX_PENDING = 100_000
/** Tags that are told again at once. */
const BATCH = 200
const RETRY_MS = 1000

interface Needs {
  clock: TagClock
  metrics: CacheMetrics
  tier: GuardedTier
}

/** Invalidates by tag: at once in this process, then in the shared tier; what that misses it is told when it is back. */
export function createInvalidation ({ clock, metrics, tier }: Needs) {
  /** Tags that the shared tier may not know to be invalidated, each with the last attempt to tell it: did it succeed? */
  const pending = new Map<string, Promise<boolean>>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function share (tags: readonly string[]): Promise<boolean> {
    const attempt = tier.use(async (shared) => { await shared.invalidate(tags); return true }).then((done = false) => {
      if (done) for (const tag of tags) if (pending.get(tag) === attempt) pending.delete(tag)
      if (!done && !isClosed) timer ??= setTimeout(retry, RETRY_MS).unref()
      return done
    })
    for (const tag of tags) if (pending.size < MAX_PENDING || pending.has(tag)) pending.set(tag, attempt)
    return attempt
  }

  async function retry (): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const tags = [...pending.keys()]
    for (let start = 0; start < tags.length; start += BATCH) if (!await share(tags.slice(start, start + BATCH))) return
  }

  return {
    /** Resolves when the fleet knows, or after the shared tier's limit; it never fails. */
    async invalidate (this: void, tags: readonly string[], source: InvalidationSource = 'own'): Promise<void> {
      if (tags.length === 0) return
      clock.invalidate(tags)
      metrics.invalidated(source, tags.length)
      await share(tags)
    },

    /** Whether the shared tier knows of every invalidation of the tags here, as soon as those under way have ended. */
    async isShared (this: void, tags: readonly string[]): Promise<boolean> {
      const attempts = tags.map((tag) => pending.get(tag)).filter((attempt) => attempt !== undefined)
      return (await Promise.all(attempts)).every(Boolean)
    },

    /** Another process has invalidated them, and told the shared tier. */
    heard: (tags: readonly string[]): void => {
      clock.invalidate(tags)
      metrics.invalidated('other', tags.length)
    },

    /** The bus is open again: what was said meanwhile is unknown, so nothing in memory is taken for current. */
    async makeUp (this: void): Promise<void> {
      clock.invalidateAll()
      await retry()
    },

    close (this: void): void {
      isClosed = true
      clearTimeout(timer)
    }
  }
}
export type Invalidation = ReturnType<typeof createInvalidation>
