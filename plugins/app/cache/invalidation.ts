import type { GuardedTier } from './guarded-tier.ts'
import type { CacheMetrics, InvalidationSource } from './metrics.ts'
import type { TagClock } from './tag-clock.ts'

/** Most tags whose invalidation waits for the shared tier; beyond, the time to live bounds how stale its entries are. */
const MAX_PENDING = 100_000
const RETRY_MS = 1000

interface Needs {
  clock: TagClock
  metrics: CacheMetrics
  tier: GuardedTier
}

/** Invalidates by tag: at once in this process, then in the shared tier; what that misses it is told when it is back. */
export function createInvalidation ({ clock, metrics, tier }: Needs) {
  const pending = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  async function share (): Promise<void> {
    clearTimeout(timer)
    const tags = [...pending]
    if (tags.length === 0) return
    const done = await tier.use(async (shared) => { await shared.invalidate(tags); return true })
    if (done) for (const tag of tags) pending.delete(tag)
    else timer = setTimeout(share, RETRY_MS).unref()
  }

  return {
    /** Resolves when the fleet knows, or after the shared tier's limit; it never fails. */
    async invalidate (tags: readonly string[], source: InvalidationSource = 'own'): Promise<void> {
      clock.invalidate(tags)
      metrics.invalidated(source, tags.length)
      for (const tag of tags) if (pending.size < MAX_PENDING) pending.add(tag)
      await share()
    },

    /** Another process has invalidated them, and told the shared tier. */
    heard: (tags: readonly string[]): void => {
      clock.invalidate(tags)
      metrics.invalidated('other', tags.length)
    },

    /** The bus is open again: what was said meanwhile is unknown, so nothing in memory is taken for current. */
    async makeUp (): Promise<void> {
      clock.invalidateAll()
      await share()
    },

    close (): void { clearTimeout(timer) }
  }
}
