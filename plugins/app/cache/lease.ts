import { randomUUID } from 'node:crypto'
import type { GuardedTier } from './guarded-tier.ts'
import type { SharedTier } from './shared-tier.ts'

/** A process that dies in its load keeps the others waiting for this long; one that lives prolongs its lease in time. */
const LEASE_MS = 2000
const PROLONG_MS = 700
/** A load that takes longer than this may hang: then others may load too. */
const LONGEST_MS = 30_000

/** The right to load something for the whole fleet. It lapses by itself, unless it is kept until it is released. */
export interface Lease {
  keep: () => void
  release: () => Promise<void>
}

/** Claims the load of what `name` says for this process; null while another process has it. */
export async function acquireLease (shared: SharedTier, tier: GuardedTier, name: string): Promise<Lease | null> {
  const owner = randomUUID()
  if (!await shared.claim(name, owner, LEASE_MS)) return null

  let timer: NodeJS.Timeout | undefined
  return {
    keep () {
      const end = Date.now() + LONGEST_MS
      timer = setInterval(async () => {
        if (Date.now() > end) clearInterval(timer)
        else await tier.use((again) => again.claim(name, owner, LEASE_MS))
      }, PROLONG_MS).unref()
    },

    async release () {
      clearInterval(timer)
      await tier.use((again) => again.release(name, owner))
    }
  }
}
