import type { Quote } from '../../../schemas/market.ts'
import { isWithin } from './decimals.ts'
import { UpstreamFault } from './faults.ts'
import type { Reason } from './market-metrics.ts'

interface Needs<T extends Quote> {
  read: (item: unknown, asOf: number) => T | null
  symbols: readonly string[]
  /** A price that is so many times the last good one, or less than its so-manieth part, is absurd. */
  maxJump: number
  /** Age up to which the last good price judges, so that a true jump is not refused for ever. */
  jumpWindowMs: number
  dropped: (reason: Reason) => void
  now: () => number
}

/**
 * The last good quote of each trading pair: what is malformed or absurd is dropped and counted, and its pair keeps the
 * value before, with its age. The first price of a pair has nothing to be judged by. Bounded by the allowlist.
 */
export function createQuotes<T extends Quote> ({ read, symbols, maxJump, jumpWindowMs, dropped, now }: Needs<T>) {
  const allowed = new Set(symbols)
  const lastGood = new Map<string, T>()

  /** The price that judges the next one of a pair; undefined while there is none, or only an old one. */
  function referenceOf (symbol: string): string | undefined {
    const last = lastGood.get(symbol)
    return last !== undefined && now() - last.as_of <= jumpWindowMs ? last.price : undefined
  }

  function faultOf (quote: T): Reason | null {
    if (!allowed.has(quote.symbol)) return 'foreign'
    const reference = referenceOf(quote.symbol)
    return reference === undefined || isWithin(maxJump, quote.price, reference) ? null : 'absurd'
  }

  /** Takes one quote in; whether it was good. */
  function take (quote: T | null): boolean {
    const fault = quote === null ? 'malformed' : faultOf(quote)
    if (fault !== null) dropped(fault)
    else if (quote !== null) lastGood.set(quote.symbol, quote)
    return fault === null
  }

  return {
    referenceOf,

    /** Takes an answer in and tells the last good quotes; an `UpstreamFault` if nothing in it is good. */
    take: (answer: unknown): Record<string, T> => {
      const asOf = now()
      const items: unknown[] = Array.isArray(answer) ? answer : []
      const good = items.filter((item) => take(read(item, asOf)))
      if (good.length === 0) throw new UpstreamFault('malformed')
      return Object.fromEntries(lastGood)
    }
  }
}
