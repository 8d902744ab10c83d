import { circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleWhen, retry, wrap, type CircuitState } from 'cockatiel'
import { isOutage, isRetryable } from './faults.ts'

const MAX_DELAY_FACTOR = 10

interface Needs {
  retries: number
  retryDelayMs: number
  breakerFailures: number
  breakerOpenMs: number
  onStateChange: (state: CircuitState) => void
}

/**
 * Retries with decorrelated jitter, so that the instances of a fleet do not come back together, around a circuit
 * breaker, so that each attempt counts and an open circuit ends the retries.
 */
export function createResilience ({ retries, retryDelayMs, breakerFailures, breakerOpenMs, onStateChange }: Needs) {
  const backoff = new ExponentialBackoff({ initialDelay: retryDelayMs, maxDelay: retryDelayMs * MAX_DELAY_FACTOR })
  const retrying = retry(handleWhen(isRetryable), { maxAttempts: retries, backoff })
  const breaker = circuitBreaker(handleWhen(isOutage), { halfOpenAfter: breakerOpenMs, breaker: new ConsecutiveBreaker(breakerFailures) })
  const policy = wrap(retrying, breaker)
  breaker.onStateChange(onStateChange)

  /** Runs attempts until one succeeds or none is left; `signal` ends the retries. */
  return function run<T> (attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return policy.execute(attempt, signal)
  }
}
