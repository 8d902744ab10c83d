import type { CacheScope, Hint } from './cache-hints.ts'
import { tagOf, type CacheTag } from './cache-tags.ts'

/** How the answers of an operation may be kept. */
export interface CachePolicy {
  /** Seconds for which an answer may be given again; 0: not at all. */
  readonly maxAgeS: number
  /** `PRIVATE` answers are for their caller alone. */
  readonly scope: CacheScope
  /** What kinds of data the answer shows, sorted. */
  readonly tags: readonly CacheTag[]
}

/** Sums up hints: the shortest time is that of all, and one private field makes all private. */
export class PolicySum {
  readonly #tags = new Set<CacheTag>()
  #maxAge = Infinity
  #scope: CacheScope = 'PUBLIC'

  add ({ maxAge = Infinity, scope = 'PUBLIC' }: Hint): void {
    this.#maxAge = Math.min(this.#maxAge, maxAge)
    if (scope === 'PRIVATE') this.#scope = scope
  }

  addType (name: string): void {
    const tag = tagOf(name)
    if (tag !== undefined) this.#tags.add(tag)
  }

  /** Without a time from any field there is nothing worth keeping. */
  get policy (): CachePolicy {
    return { maxAgeS: Number.isFinite(this.#maxAge) ? this.#maxAge : 0, scope: this.#scope, tags: [...this.#tags].sort() }
  }
}
