import type { Environment } from '../../schemas/config.ts'

/** Load comes from one address: what is measured is what limits cost, not what they refuse. */
const NO_LIMIT = 1_000_000_000
export const BUDGETS: Environment = { JOBS_CONCURRENCY: 0, RATE_LIMIT_ANONYMOUS: NO_LIMIT, RATE_LIMIT_FREE: NO_LIMIT, RATE_LIMIT_VIP: NO_LIMIT, RATE_LIMIT_ANALYST: NO_LIMIT, RATE_LIMIT_ADMIN: NO_LIMIT, SHEDDING_MIN_IN_FLIGHT: 1000, SHEDDING_EXPORT_MAX_LOAD: 1, SHEDDING_MAX_DELAY_MS: 60_000 }

/** The texts that a process's environment consists of. */
export function toTexts (env: Environment): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))
}
