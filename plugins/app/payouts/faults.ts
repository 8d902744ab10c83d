/** Why there is no answer. */
export type FaultReason = 'timeout' | 'aborted' | 'closed' | 'network' | 'connection' | 'too_large' | 'malformed'

/** An attempt that has no answer to read. */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault'
  readonly reason: FaultReason
  /** Whether nothing of the request can have reached the provider. */
  readonly isUnsent: boolean

  constructor (reason: FaultReason, { isUnsent = false, cause }: { isUnsent?: boolean, cause?: unknown } = {}) {
    super(`The payout provider gave no answer: ${reason}`, { cause })
    this.reason = reason
    this.isUnsent = isUnsent
  }

  /** Whether the provider is to blame, rather than whoever gave up. */
  get isOutage (): boolean {
    return this.reason !== 'aborted' && this.reason !== 'closed'
  }
}

/** Errors of name resolution and of connecting: there was no connection that anything could have been sent on. */
const UNSENT_CODES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']

/** The fault that an error of fetch, or of reading a body, stands for. */
export function faultOf (error: unknown): ProviderFault {
  if (error instanceof ProviderFault) return error
  const { cause } = Object(error) as { cause?: unknown }
  const { code } = Object(cause) as { code?: unknown }
  const isUnsent = UNSENT_CODES.some((known) => known === code)
  return new ProviderFault(isUnsent ? 'connection' : 'network', { isUnsent, cause: error })
}
