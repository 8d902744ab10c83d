import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'
import type { Fleet } from './fleet.ts'

interface Sources {
  factor: () => number
  accounts: () => number
  fleet: Fleet | null
}

/** Counts refusals by policy and shows the state of the limiter. Returns the function that counts one. */
export function createLimitMetrics ({ metrics }: Pick<FastifyInstance, 'metrics'>, { factor, accounts, fleet }: Sources) {
  const refused = new Counter({ name: 'rate_limits_refused_total', help: 'Requests answered 429, by policy', labelNames: ['policy'], registers: [metrics] })

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
  return function countRefusal (policy: string): void { refused.inc({ policy }) }
}
