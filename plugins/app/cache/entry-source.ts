import { setTimeout as delay } from 'node:timers/promises'
import { decodeEntry, encodeEntry, encodeValue, type Entry, type TagVersions, type Times } from './entry.ts'
import type { GuardedTier } from './guarded-tier.ts'
import type { Invalidation } from './invalidation.ts'
import { acquireLease, type Lease } from './lease.ts'
import type { CacheCounts } from './metrics.ts'
import type { SharedTier } from './shared-tier.ts'

/** Pause between two looks for what another process is loading. */
const POLL_MS = 20
/** Part of the time to live by which it is shortened at random, at most. */
const JITTER = 0.1

export interface Lifetimes {
  ttlMs: number
  staleMs: number
  graceMs: number
}

/** A key with all that is needed to find or to load its value. */
export interface Wanted {
  key: string
  tags: readonly string[]
  load: () => Promise<unknown>
}

/** What the shared tier has: an entry that is good enough, or else the lease to load it, null while another process has that. */
interface Found {
  entry: Entry | undefined
  versions: TagVersions
  lease?: Lease | null
}

interface Needs {
  tier: GuardedTier
  counts: CacheCounts
  lifetimes: Lifetimes
  isShared: Invalidation['isShared']
}

function timesFrom (loadedAt: number, { ttlMs, staleMs, graceMs }: Lifetimes): Times {
  const freshUntil = loadedAt + ttlMs * (1 - JITTER * Math.random())
  return { loadedAt, freshUntil, staleUntil: freshUntil + staleMs, expiresAt: freshUntil + Math.max(staleMs, graceMs) }
}

async function look (shared: SharedTier, { key, tags }: Wanted): Promise<Found> {
  const { stored, versions } = await shared.read(key, tags)
  return { entry: decodeEntry(stored, versions), versions }
}

/** Finds entries in the shared tier and loads those that it does not have, once in the fleet. */
export function createEntrySource ({ tier, counts, lifetimes, isShared }: Needs) {
  /** Writes to the shared tier that nobody waits for. */
  const finishing = new Set<Promise<void>>()

  function finishLater (work: Promise<void>): void {
    const finished = work.finally(() => finishing.delete(finished))
    finishing.add(finished)
  }

  async function finish (key: string, entry: Entry, { versions, lease }: Found): Promise<void> {
    await tier.use((shared) => shared.write(key, encodeEntry(entry, versions), Math.ceil(entry.expiresAt - entry.loadedAt)))
    await lease?.release()
  }

  return {
    /** Looks in the shared tier for an entry with time left before `bound`; undefined if the tier has no answer. */
    find: (wanted: Wanted, bound: 'freshUntil' | 'staleUntil'): Promise<Found | undefined> => tier.use(async (shared, signal) => {
      const isGood = ({ entry }: Found): boolean => entry !== undefined && entry[bound] > Date.now()
      if (!await isShared(wanted.tags)) return undefined
      const found = await look(shared, wanted)
      if (isGood(found)) return found
      // what is loaded for other versions of the tags is not what is wanted here
      const lease = await acquireLease(shared, tier, [wanted.key, ...Object.values(found.versions)].join(' '))
      if (lease === null) return { ...found, lease }
      // whoever had the lease before may have stored it after the first look
      const again = await look(shared, wanted)
      if (!signal.aborted && !isGood(again)) return { ...again, lease }
      finishLater(lease.release())
      return again
    }),

    /** The versions of the tags alone, for a load whatever the tier holds. */
    prepare: (wanted: Wanted): Promise<Found | undefined> => tier.use(async (shared) =>
      await isShared(wanted.tags) ? { versions: (await look(shared, wanted)).versions, entry: undefined } : undefined),

    pause: async (): Promise<void> => { await delay(POLL_MS) },

    /** Loads the value; the shared tier gets it afterwards, with the versions that its tags had before. */
    async load ({ key, load }: Wanted, found: Found | undefined): Promise<Entry> {
      counts.loads += 1
      found?.lease?.keep()
      const loadedAt = Date.now()
      try {
        const entry = { ...timesFrom(loadedAt, lifetimes), bytes: encodeValue(await load()) }
        if (found) finishLater(finish(key, entry, found))
        return entry
      } catch (error) {
        counts.failures += 1
        if (found?.lease) finishLater(found.lease.release())
        throw error
      }
    },

    /** Resolves when nothing is being written. */
    async settle (): Promise<void> { await Promise.all(finishing) }
  }
}
export type EntrySource = ReturnType<typeof createEntrySource>
