import { setTimeout as delay } from 'node:timers/promises'
import { decodeEntry, encodeEntry, encodeValue, type Entry, type TagVersions, type Times } from './entry.ts'
import type { GuardedTier } from './guarded-tier.ts'
import { acquireLease, type Lease } from './lease.ts'
import type { CacheCounts } from './metrics.ts'

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
}

/** Finds entries in the shared tier and loads those that it does not have, once in the fleet. */
export function createEntrySource ({ tier, counts, lifetimes: { ttlMs, staleMs, graceMs } }: Needs) {
  /** Writes to the shared tier that nobody waits for. */
  const finishing = new Set<Promise<void>>()

  function timesFrom (loadedAt: number): Times {
    const freshUntil = loadedAt + ttlMs * (1 - JITTER * Math.random())
    return { loadedAt, freshUntil, staleUntil: freshUntil + staleMs, expiresAt: freshUntil + Math.max(staleMs, graceMs) }
  }

  async function finish (key: string, entry: Entry, { versions, lease }: Found): Promise<void> {
    await tier.use((shared) => shared.write(key, encodeEntry(entry, versions), Math.ceil(entry.expiresAt - entry.loadedAt)))
    await lease?.release()
  }

  return {
    /** Looks in the shared tier for an entry with time left before `bound`; undefined if the tier has no answer. */
    find: ({ key, tags }: Wanted, bound: 'freshUntil' | 'staleUntil'): Promise<Found | undefined> => tier.use(async (shared) => {
      const { stored, versions } = await shared.read(key, tags)
      const entry = decodeEntry(stored, versions)
      if (entry && entry[bound] > Date.now()) return { entry, versions }
      // what is loaded for other versions of the tags is not what is wanted here
      return { entry, versions, lease: await acquireLease(shared, tier, [key, ...Object.values(versions)].join(' ')) }
    }),

    /** The versions of the tags alone, for a load whatever the tier holds. */
    prepare: ({ key, tags }: Wanted): Promise<Found | undefined> =>
      tier.use(async (shared) => ({ entry: undefined, versions: (await shared.read(key, tags)).versions })),

    pause: async (): Promise<void> => { await delay(POLL_MS) },

    /** Loads the value; the shared tier gets it afterwards, with the versions that its tags had before. */
    async load ({ key, load }: Wanted, found: Found | undefined): Promise<Entry> {
      counts.loads += 1
      const loadedAt = Date.now()
      try {
        const entry = { ...timesFrom(loadedAt), bytes: encodeValue(await load()) }
        if (found) {
          const finished = finish(key, entry, found).finally(() => finishing.delete(finished))
          finishing.add(finished)
        }
        return entry
      } catch (error) {
        counts.failures += 1
        await found?.lease?.release()
        throw error
      }
    },

    /** Resolves when nothing is being written. */
    async settle (): Promise<void> { await Promise.all(finishing) }
  }
}
export type EntrySource = ReturnType<typeof createEntrySource>
