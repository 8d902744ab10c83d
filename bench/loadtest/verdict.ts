import type { LoadtestOptions } from './arguments.ts'
import type { LoadtestResult } from './loadtest.ts'

/** Wanted of what is read from caches, at the rate of the goal or more. */
export const GOAL_P99_MS = 25

export interface Verdict {
  /** Without error, and every user was answered. */
  isGood: boolean
  errors: number
  usersNeverAnswered: number
  cachedP99Ms: number
  isFast: boolean
}

const errorsOf = (errors: Record<string, number>): number => Object.values(errors).reduce((sum, count) => sum + count, 0)

/** Measures a run by the goals: no error, every user answered, p99 of cached reads. */
export function judge ({ arrival, load }: LoadtestResult, { connections }: LoadtestOptions): Verdict {
  const { broken, notOpened } = load.connections
  const errors = errorsOf(arrival.errors) + errorsOf(load.errors)
  const usersNeverAnswered = connections - load.usersAnswered
  const { answered, fromDue: { p99: cachedP99Ms } } = load.classes.cached
  return { isGood: errors === 0 && usersNeverAnswered === 0 && broken === 0 && notOpened === 0, errors, usersNeverAnswered, cachedP99Ms, isFast: answered > 0 && cachedP99Ms <= GOAL_P99_MS }
}
