import { setTimeout as delay } from 'node:timers/promises'
import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll } from 'cockatiel'
import type { SharedTier } from './shared-tier.ts'

/** Failures in a row after which the tier is left alone, and for how long. */
const FAILURES = 3
const LEFT_ALONE_MS = 1000
/** The limit is waited for in parts: of a pause of this process, in which no answer can be read, only one part counts. */
const PARTS = 4

interface Options {
  /** Longest wait for the tier. */
  timeoutMs: number
  onError: (error: unknown) => void
}

type Work<T> = (tier: SharedTier, signal: AbortSignal) => Promise<T>

/**
 * A shared tier that fails and waits for nobody: each use takes at most `timeoutMs`, and after failures in a row none is
 * tried for a second, then one at a time. `use` resolves with undefined where the tier had no answer; the work goes on
 * behind it, and its signal says that nobody waits any more.
 */
export function createGuardedTier (tier: SharedTier, { timeoutMs, onError }: Options) {
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: LEFT_ALONE_MS, breaker: new ConsecutiveBreaker(FAILURES) })

  async function expire (waiting: AbortSignal, late: AbortController): Promise<never> {
    for (let part = 0; part < PARTS; part++) await delay(timeoutMs / PARTS, undefined, { signal: waiting })
    late.abort()
    throw new Error(`The shared tier gave no answer within ${timeoutMs} ms`)
  }

  async function limited<T> (work: Work<T>): Promise<T> {
    const [waiting, late] = [new AbortController(), new AbortController()]
    try {
      return await Promise.race([work(tier, late.signal), expire(waiting.signal, late)])
    } finally {
      waiting.abort()
    }
  }

  return {
    async use<T> (work: Work<T>): Promise<T | undefined> {
      // the breaker would let it wait for the one that tries, and for its own answer after that
      if (breaker.state === CircuitState.HalfOpen) return undefined
      try {
        return await breaker.execute(() => limited(work))
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) onError(error)
        return undefined
      }
    }
  }
}
export type GuardedTier = ReturnType<typeof createGuardedTier>
