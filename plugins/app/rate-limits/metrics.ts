import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'
import type { Fleet } from './fleet.ts'
import type { PolicyName } from './policies.ts'

interface Sources {
  factor: () => number
  accounts: () => number
  fleet: Fleet | null
}

/** Shows the state of the limiter. Returns what counts a request by its policy, in next to no time. */
export function createLimitMetrics ({ metrics }: Pick<FastifyInstance, 'metrics'>, { factor, accounts, fleet }: Sources) {
  function count (name: string, help: string): (policy: PolicyName) => void {
    const counts: Record<PolicyName, number> = { anonymous: 0, free: 0, vip: 0, analyst: 0, admin: 0 }
    metrics.registerMetric(new Counter({
      name,
      help,
      labelNames: ['policy'],
      registers: [],
      collect () {
        this.reset()
        for (const [policy, number] of Object.entries(counts)) this.inc({ policy }, number)
      }
    }))
    return (policy) => { counts[policy] += 1 }
  }

  function show (name: string, help: string, read: () => number): void {
    metrics.registerMetric(new Gauge({ name, help, registers: [], collect () { this.set(read()) } }))
  }
  show('rate_limits_factor', 'What budgets are multiplied by under the present load, 0 to 1', factor)
  show('rate_limits_accounts', 'Users and addresses whose spending is remembered', accounts)
  if (fleet !== null) {
    show('rate_limits_fleet_away', '1 while the budgets are not shared because Redis is away', () => Number(fleet.state.isAway))
    show('rate_limits_fleet_instances', 'Instances that share the budgets', () => fleet.state.instances)
    show('rate_limits_fleet_calls', 'Leases asked of Redis since the start', () => fleet.state.calls)
  }
  return {
    admitted: count('rate_limits_admitted_total', 'Requests that found room in their budget, by policy'),
    refused: count('rate_limits_refused_total', 'Requests answered 429, by policy')
  }
}
export type LimitMetrics = ReturnType<typeof createLimitMetrics>
