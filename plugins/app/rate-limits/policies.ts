import type { FastifyInstance } from 'fastify'
import type { Tier } from '../../../schemas/users.ts'
import { nextFactor } from './load-factor.ts'

export type PolicyName = 'anonymous' | Tier

/** The budget of a kind of caller, as it is now. */
export interface Policy {
  name: PolicyName
  /** Units of a window as configured. */
  budget: number
  /** What is left of them under the present load. */
  quota: number
  /** `RateLimit-Policy`. */
  header: string
}

/** Budgets by tier; they fall and rise with the reported load. */
export function createPolicies ({ config }: Pick<FastifyInstance, 'config'>) {
  const windowS = config.RATE_LIMIT_WINDOW_S
  let factor = 1

  function define (name: PolicyName, budget: number): Policy {
    const quota = Math.max(1, Math.floor(budget * factor))
    return { name, budget, quota, header: `"${name}";q=${quota};w=${windowS}` }
  }

  const defineAll = (): Record<PolicyName, Policy> => ({
    anonymous: define('anonymous', config.RATE_LIMIT_ANONYMOUS),
    free: define('free', config.RATE_LIMIT_FREE),
    vip: define('vip', config.RATE_LIMIT_VIP),
    analyst: define('analyst', config.RATE_LIMIT_ANALYST),
    admin: define('admin', config.RATE_LIMIT_ADMIN)
  })
  let policies = defineAll()

  return {
    of: (name: PolicyName): Policy => policies[name],
    get factor (): number { return factor },

    /** Adapts the budgets to a load from 0 to 1. */
    follow (load: number): void {
      factor = nextFactor(factor, load)
      policies = defineAll()
    }
  }
}
