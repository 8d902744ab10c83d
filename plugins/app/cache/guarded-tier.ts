import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy, wrap } from 'cockatiel'
import type { SharedTier } from './shared-tier.ts'

/** Failures in a row after which the tier is left alone, and for how long. */
const FAILURES = 3
const LEFT_ALONE_MS = 1000

interface Options {
  /** Longest wait for the tier. */
  timeoutMs: number
  onError: (error: unknown) => void
}

/**
 * A shared tier that fails and waits for nobody: each use takes at most `timeoutMs`, and after failures in a row none is
 * tried for a second, then one at a time. `use` resolves with undefined where the tier had no answer; the work goes on
 * behind it, and its signal says that nobody waits any more.
 */
export function createGuardedTier (tier: SharedTier, { timeoutMs, onError }: Options) {
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: LEFT_ALONE_MS, breaker: new ConsecutiveBreaker(FAILURES) })
  const policy = wrap(breaker, timeout(timeoutMs, TimeoutStrategy.Aggressive))

  return {
    async use<T> (work: (tier: SharedTier, signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
      // the breaker would let it wait for the one that tries, and for its own answer after that
      if (breaker.state === CircuitState.HalfOpen) return undefined
      try {
        // by default all uses share one signal, and Node.js warns of a leak when eleven run at once
        return await policy.execute(({ signal }) => work(tier, signal), new AbortController().signal)
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) onError(error)
        return undefined
      }
    }
  }
}
export type GuardedTier = ReturnType<typeof createGuardedTier>
