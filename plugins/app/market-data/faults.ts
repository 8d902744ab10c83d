/** What became of an attempt, or why none was made; label of metrics. */
export type Outcome =
  | 'ok' | 'timeout' | 'network' | 'server_error' | 'malformed' | 'too_large' | 'redirect' | 'refused' | 'limited'
  | 'paused' | 'circuit_open'

/** An attempt that gave nothing to use. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault'
  readonly outcome: Outcome

  constructor (outcome: Outcome, cause?: unknown) {
    super(`The exchange gave no usable answer: ${outcome}`, { cause })
    this.outcome = outcome
  }
}

const RETRYABLE: readonly Outcome[] = ['timeout', 'network', 'server_error']
/** The exchange works and means it: it refuses this request, or all of them for a time that it tells. */
const DELIBERATE: readonly Outcome[] = ['refused', 'limited']

/** Whether the same request may fare better soon. */
export function isRetryable (error: unknown): boolean {
  return error instanceof UpstreamFault && RETRYABLE.includes(error.outcome)
}

/** Whether the exchange is out of order, or somebody else answers in its place. */
export function isOutage (error: unknown): boolean {
  return error instanceof UpstreamFault && !DELIBERATE.includes(error.outcome)
}

/** What a status means that is not a success. */
export function outcomeOf (status: number): Outcome {
  if (status >= 500) return 'server_error'
  // Binance: 429 asks to back off, 418 is a ban for not having done so
  if (status === 429 || status === 418) return 'limited'
  return status >= 400 ? 'refused' : 'redirect'
}
