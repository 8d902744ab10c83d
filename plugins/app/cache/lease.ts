import { randomUUID } from 'node:crypto'
import type { GuardedTier } from './guarded-tier.ts'
import type { SharedTier } from './shared-tier.ts'

/** A process that dies in its load keeps the others waiting for this long; one that lives prolongs its lease in time. */
const LEASE_MS = 2000
const PROLONG_MS = 700

/** The right to load something for the whole fleet. */
export interface Lease {
  release: () => Promise<void>
}

/** Claims the load of what `name` says for this process; null while another process has it. */
export async function acquireLease (shared: SharedTier, tier: GuardedTier, name: string): Promise<Lease | null> {
  const owner = randomUUID()
  if (!await shared.claim(name, owner, LEASE_MS)) return null

  const prolong = () => tier.use((again) => again.claim(name, owner, LEASE_MS))
  const timer = setInterval(prolong, PROLONG_MS).unref()
  return {
    async release () {
      clearInterval(timer)
      await tier.use((again) => again.release(name, owner))
    }
  }
}
