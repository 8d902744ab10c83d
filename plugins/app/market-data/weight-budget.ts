const MINUTE_MS = 60_000
const MS_PER_S = 1000
/** Pause after a 429 or 418 that does not tell one. */
const DEFAULT_PAUSE_MS = MINUTE_MS
/** The longest ban of Binance; what an answer tells beyond it is not believed. */
const MAX_PAUSE_MS = 3 * 24 * 60 * MINUTE_MS

interface Needs {
  maxWeight: number
  /** Gets the weight used in the present minute, as each answer tells it. */
  onUsed: (weight: number) => void
  now: () => number
}

/** Milliseconds that a `Retry-After` asks to wait, be it seconds or a date. */
function pauseOf (header: string | null, now: number): number {
  const pause = /^\d+$/.test(header ?? '') ? Number(header) * MS_PER_S : Date.parse(header ?? '') - now
  return pause > 0 ? Math.min(pause, MAX_PAUSE_MS) : DEFAULT_PAUSE_MS
}

/**
 * Keeps to the limits that the exchange tells: it counts the weight of all requests of an address in a minute
 * (`X-MBX-USED-WEIGHT-1M`), and bans those who go on after a 429.
 * https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits
 */
export function createWeightBudget ({ maxWeight, onUsed, now }: Needs) {
  let pausedUntil = 0

  return {
    /** Whether nothing may be asked at present. */
    isPaused: (): boolean => now() < pausedUntil,

    /** Learns from an answer, successful or not. */
    note (status: number, headers: Headers): void {
      const time = now()
      const used = Number(headers.get('x-mbx-used-weight-1m')) || 0
      onUsed(used)
      if (status === 429 || status === 418) pausedUntil = time + pauseOf(headers.get('retry-after'), time)
      else if (used >= maxWeight) pausedUntil = (Math.floor(time / MINUTE_MS) + 1) * MINUTE_MS
    }
  }
}
export type WeightBudget = ReturnType<typeof createWeightBudget>
