import type { Registry } from 'prom-client'
import { createBoundedLabels } from './bounded-labels.ts'
import { DurationHistogram } from './duration-histogram.ts'

/** Distinct operation names with numbers of their own; clients choose the names. */
const MAX_OPERATIONS = 100

/** Rate, errors and duration per GraphQL operation; names beyond the first hundred are counted as `other`. */
export function createOperationMetrics (registry: Registry) {
  const durations = new DurationHistogram({
    name: 'graphql_operation_duration_seconds',
    help: 'Time of the execution of a GraphQL operation; an outcome is failed if the answer has errors',
    labelNames: ['operation', 'outcome'],
    registers: [registry]
  })
  const bounded = createBoundedLabels(MAX_OPERATIONS)
  const observers = new Map<string, (seconds: number) => void>()

  return function observeOperation (name: string, seconds: number, failed: boolean): void {
    const operation = bounded(name)
    const outcome = failed ? 'failed' : 'ok'
    const key = `${outcome} ${operation}`
    let observe = observers.get(key)
    if (observe === undefined) {
      observe = durations.series({ operation, outcome })
      observers.set(key, observe)
    }
    observe(seconds)
  }
}
