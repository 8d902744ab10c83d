import { CircuitState } from 'cockatiel'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Operation } from './statements.ts'

/** What the provider answered. Labels are bounded: they are names of this code. */
export function createPayoutMetrics (registry: Registry) {
  const registers = [registry]
  const requests = new Counter({ name: 'payout_requests_total', help: 'Attempts to reach the payout provider, by what is known after them', labelNames: ['operation', 'outcome'], registers })
  const circuit = new Gauge({ name: 'payout_circuit_state', help: 'Circuit breaker: 0 closed, 1 open, 2 half open', registers })
  circuit.set(CircuitState.Closed)

  return {
    asked: (operation: Operation, outcome: string): void => { requests.inc({ operation, outcome }) },
    circuit: (state: CircuitState): void => { circuit.set(state) }
  }
}
export type PayoutMetrics = ReturnType<typeof createPayoutMetrics>
