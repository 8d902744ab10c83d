import type { StoredCandle } from '../../../schemas/market.ts'
import { readCandle } from './answers.ts'
import { isWithin } from './decimals.ts'
import { UpstreamFault } from './faults.ts'
import type { Reason } from './market-metrics.ts'

/** Candles of one pair and length, oldest first, with the time at which the exchange was asked in Unix milliseconds. */
export interface StoredCandles {
  as_of: number
  candles: StoredCandle[]
}

interface Needs {
  maxJump: number
  dropped: (reason: Reason) => void
  now: () => number
}

/**
 * Reads candles. A market has no gap: a close far from the next open is absurd, as is a newest close far from
 * `reference`, the last good price. So it goes from the newest to the oldest, and each good one judges the one before.
 */
export function createCandles ({ maxJump, dropped, now }: Needs) {
  return function take (answer: unknown, reference: string | undefined): StoredCandles {
    const rows: unknown[] = Array.isArray(answer) ? answer : []
    const candles: StoredCandle[] = []
    let next = { open: reference, open_time: Infinity }
    for (const row of rows.reverse()) {
      const candle = readCandle(row)
      if (candle === null || candle.open_time >= next.open_time) dropped('malformed')
      else if (next.open !== undefined && !isWithin(maxJump, candle.close, next.open)) dropped('absurd')
      else {
        candles.push(candle)
        next = candle
      }
    }
    if (candles.length === 0) throw new UpstreamFault('malformed')
    return { as_of: now(), candles: candles.reverse() }
  }
}
