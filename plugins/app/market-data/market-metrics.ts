import { CircuitState } from 'cockatiel'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Endpoint } from './exchange.ts'
import type { Outcome } from './faults.ts'

/** Why a value was dropped; `foreign` is a trading pair that nobody asked for. */
export type Reason = 'malformed' | 'absurd' | 'foreign'

const MS_PER_S = 1000

/** What the exchange answered and what was made of it. Labels are bounded: they are names of this code. */
export function createMarketMetrics (registry: Registry, now: () => number) {
  const registers = [registry]
  const requests = new Counter({ name: 'market_data_requests_total', help: 'Attempts to ask the exchange, and those not made (paused, circuit_open)', labelNames: ['endpoint', 'outcome'], registers })
  const dropped = new Counter({ name: 'market_data_dropped_total', help: 'Values of the exchange that were not believed', labelNames: ['endpoint', 'reason'], registers })
  const circuit = new Gauge({ name: 'market_data_circuit_state', help: 'Circuit breaker: 0 closed, 1 open, 2 half open', registers })
  const weight = new Gauge({ name: 'market_data_used_weight', help: 'Request weight of the minute, as the exchange last told it', registers })
  const goodAt = new Map<Endpoint, number>()
  const age = new Gauge({
    name: 'market_data_age_seconds',
    help: 'Time since the exchange last gave a good answer',
    labelNames: ['endpoint'],
    registers: [],
    collect () { for (const [endpoint, at] of goodAt) this.set({ endpoint }, (now() - at) / MS_PER_S) }
  })
  registry.registerMetric(age)
  circuit.set(CircuitState.Closed)

  return {
    circuit: (state: CircuitState): void => { circuit.set(state) },
    weight: (used: number): void => { weight.set(used) },
    dropped: (endpoint: Endpoint, reason: Reason): void => { dropped.inc({ endpoint, reason }) },
    asked (endpoint: Endpoint, outcome: Outcome): void {
      requests.inc({ endpoint, outcome })
      if (outcome === 'ok') goodAt.set(endpoint, now())
    }
  }
}
export type MarketMetrics = ReturnType<typeof createMarketMetrics>
