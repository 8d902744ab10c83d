import type { Entry } from './entry.ts'
import type { EntrySource, Wanted } from './entry-source.ts'
import type { Held, MemoryTier } from './memory-tier.ts'
import type { CacheCounts } from './metrics.ts'
import type { TagClock } from './tag-clock.ts'

/** After a failed load what is left of a value counts as fresh for this long, so that not every reader tries again. */
const RETRY_MS = 1000

export interface ValueTools {
  clock: TagClock
  counts: CacheCounts
  memory: MemoryTier
  source: EntrySource
}

/** Gets entries into memory, for one cache. */
export function createObtaining ({ clock, counts, memory, source }: ValueTools) {
  /** What memory holds, if no invalidation has overtaken it. */
  function current ({ key, tags }: Wanted): Held | undefined {
    const held = memory.get(key)
    return held && clock.isCurrent(tags, held.since) ? held : undefined
  }

  /** Keeps the entry in memory, unless an invalidation has overtaken it. */
  function hold ({ key, tags }: Wanted, entry: Entry, since: number): Held {
    const held = { ...entry, since, hits: memory.get(key)?.hits ?? 0 }
    if (clock.isCurrent(tags, since)) memory.set(key, held)
    return held
  }

  function withinGrace (entry: Entry | undefined, error: unknown): Entry {
    const now = Date.now()
    if (entry === undefined || entry.expiresAt < now) throw error
    counts.covered += 1
    const freshUntil = Math.min(now + RETRY_MS, entry.expiresAt)
    return { ...entry, freshUntil, staleUntil: Math.max(freshUntil, entry.staleUntil) }
  }

  /** From the shared tier if it is good there until `bound`, else loaded; if that fails, what there is within its grace. */
  async function obtain (wanted: Wanted, since: number, bound: 'freshUntil' | 'staleUntil'): Promise<Held> {
    let found = await source.find(wanted, bound)
    while (found?.lease === null) {
      await source.pause()
      found = await source.find(wanted, bound)
    }
    if (found?.entry && found.lease === undefined) {
      counts.shared[found.entry.freshUntil > Date.now() ? 'hit' : 'stale'] += 1
      return hold(wanted, found.entry, since)
    }
    if (found) counts.shared.miss += 1
    const entry = await source.load(wanted, found).catch((error: unknown) => withinGrace(found?.entry ?? current(wanted), error))
    return hold(wanted, entry, since)
  }

  /** Loads the value whatever is held. */
  async function renew (wanted: Wanted, since: number): Promise<Held> {
    return hold(wanted, await source.load(wanted, await source.prepare(wanted)), since)
  }

  return { current, obtain, renew }
}
