import type { Environment, Optimization } from '../../schemas/config.ts'

/** Optimizations left out of a server, besides the caches, which would answer in place of what is measured. */
export function without (...names: Optimization[]): Environment {
  return { OPTIMIZATIONS_OFF: [...names, 'response-cache', 'value-cache', 'cache-warming'].join() }
}

/** A server that reads and makes every answer. */
export const WITHOUT_CACHES = without()
