import type { FastifyBaseLogger } from 'fastify'

/** Windows without a refusal after which shedding is over. */
const QUIET_WINDOWS = 50

/** Logs when shedding begins and ends, once each: a line for each refusal would cost more than the refusal. */
export function createReport (log: FastifyBaseLogger) {
  let total = 0
  let quietWindows = QUIET_WINDOWS

  return {
    /** Refusals of the present window. */
    refused: 0,

    /** Ends a window; says whether there were refusals in it. */
    endWindow (limit: number): boolean {
      const isRefusing = this.refused > 0
      if (isRefusing && quietWindows >= QUIET_WINDOWS) log.warn({ limit: Math.round(limit) }, 'shedding load')
      total += this.refused
      quietWindows = isRefusing ? 0 : quietWindows + 1
      if (quietWindows === QUIET_WINDOWS && total > 0) {
        log.info({ refused: total }, 'no longer shedding load')
        total = 0
      }
      this.refused = 0
      return isRefusing
    }
  }
}
