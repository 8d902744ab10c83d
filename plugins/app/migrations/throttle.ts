import { setTimeout } from 'node:timers/promises'

/** After a batch that took very long, too, it goes on some time. */
const LONGEST_PAUSE_MS = 5000

/** How long to leave the database alone after `workMs` of work, so that work is `share` per cent of the time. */
export function pauseAfter (workMs: number, share: number): number {
  return Math.min(workMs * (100 - share) / share, LONGEST_PAUSE_MS)
}

/** Resolves after the time, or at once when `signal` comes. */
export async function pause (ms: number, signal: AbortSignal): Promise<void> {
  await Promise.allSettled([setTimeout(ms, undefined, { signal })])
}
