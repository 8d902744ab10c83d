import type { Representation, Representations } from './representation.ts'

/** Headers by their lower-case names. */
export type Headers = Record<string, number | string | string[] | undefined>

/** An answer 200 as it is kept; times in milliseconds since the epoch. */
export interface Answer {
  representations: Representations
  contentType: string
  /** Headers that the handler has set, such as `link`. */
  headers: Headers
  vary: string
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

/** What is sent with an answer; `ttl` is how long the server will keep it, `Age` how old it is, both in seconds. */
export function headersOf (answer: Answer, { encoding, etag }: Representation, outcome: Outcome): Headers {
  const now = Date.now()
  return {
    ...answer.headers,
    'content-type': answer.contentType,
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    etag,
    vary: answer.vary,
    age: Math.floor((now - answer.madeAt) / MS_PER_S),
    'cache-status': `sahm; ${outcome}; ttl=${Math.floor((answer.freshUntil - now) / MS_PER_S)}`
  }
}
