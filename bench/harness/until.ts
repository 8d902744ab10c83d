import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50
/** What does not come about within this time will not. */
const LIMIT_MS = 300_000

/** Resolves when `isSo` says so; rejects if that takes too long. */
export async function until (what: string, isSo: () => Promise<boolean>, limitMs = LIMIT_MS): Promise<void> {
  const limit = performance.now() + limitMs
  while (!await isSo()) {
    if (performance.now() > limit) throw new Error(`Waited in vain for ${what}`)
    await delay(POLL_MS)
  }
}
