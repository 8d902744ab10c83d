import type { Representations } from './representation.ts'

/** Headers by their lower-case names. */
export type Headers = Record<string, number | string | string[] | undefined>

/** An answer 200 as it is kept; times in milliseconds since the epoch. */
export interface Answer {
  representations: Representations
  madeAt: number
  freshUntil: number
  /** Until then it is sent while it is made anew. */
  staleUntil: number
  /** Time of the cache's clock when its making began. */
  since: number
}

/** How an answer was come by, as `Cache-Status` (RFC 9211) says it. */
export type Outcome = 'hit' | 'fwd=miss; stored' | 'fwd=miss; collapsed'

const MS_PER_S = 1000

/** `Age` and `Cache-Status` of an answer now, as a list of names and values: how old it is, and how long it is still fresh, in seconds. */
export function ageHeaders ({ madeAt, freshUntil }: Answer, outcome: Outcome): string[] {
  const now = Date.now()
  const age = Math.floor((now - madeAt) / MS_PER_S)
  return ['age', String(age), 'cache-status', `sahm; ${outcome}; ttl=${Math.floor((freshUntil - now) / MS_PER_S)}`]
}
