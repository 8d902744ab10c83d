import type { IncomingMessage } from 'node:http'
import type { Representation, Representations } from './representation.ts'
import type { Heads } from './sender.ts'
import type { Wanted } from './wanted.ts'

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

/** An answer as it is sent to one request. */
export interface Sent {
  answer: Answer
  outcome: Outcome
  cacheControl: string
  vary: string
  /** Headers that others have set, as a list of names and values. */
  foreign: readonly string[]
}

/** How an answer was come by, as `Cache-Status` (RFC 9211) says it. */
export type Outcome = 'hit' | 'fwd=miss; stored' | 'fwd=miss; collapsed'

/** What a stranger was sent, and every other one may be sent as it is. */
export interface Ready {
  answer: Answer
  wanted: Wanted
  /** Headers that hooks have set, the same for all strangers. */
  foreign: readonly string[]
  /** Charges a stranger with the answer: the headers that say so, undefined if the route must decide. */
  admit: (request: IncomingMessage) => readonly string[] | undefined
  /** Count such an answer, with its seconds. */
  observe: Record<200 | 304, (seconds: number) => void>
  /** Time of the cache's clock up to which nothing that the answer depends on was invalidated. */
  currentAt: number
  /** Headers that were sent last: they are the same for a second. */
  latest: { form: Representation, age: number, heads: Heads } | undefined
}

const MS_PER_S = 1000

/** Age of an answer in whole seconds. */
export function ageOf ({ madeAt }: Answer, now: number): number {
  return Math.floor((now - madeAt) / MS_PER_S)
}

/** `Age` and `Cache-Status` of an answer now, as a list of names and values: how old it is, and how long it is still fresh, in seconds. */
export function ageHeaders (answer: Answer, outcome: Outcome): string[] {
  const now = Date.now()
  const ttl = Math.floor((answer.freshUntil - now) / MS_PER_S)
  return ['age', String(ageOf(answer, now)), 'cache-status', `sahm; ${outcome}; ttl=${ttl}`]
}
