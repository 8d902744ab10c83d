import { LRUCache } from 'lru-cache'

/** Attempts without success that nobody waits after: people mistype. */
const FREE_ATTEMPTS = 5
/** Pairs that are remembered, by the time of their last attempt, some 20 MB at most; the oldest is forgotten first. */
const MAX_PAIRS = 100_000
/** Longest wait, and how long attempts are remembered. */
const MAX_WAIT_MS = 900_000
const MS_PER_S = 1000

interface Attempts {
  count: number
  /** Until then the pair is refused. */
  retryAt: number
}

/**
 * Slows down guessing (OWASP Authentication Cheat Sheet, login throttling) by user name and network of the client together: whoever
 * guesses is refused, and the owner, who is elsewhere, is not. After five attempts without success the pair waits for 1 s,
 * 2 s, 4 s … 15 min. Unknown names count as known ones do. In the memory of this process, bounded; `refuse` makes the error.
 */
export function createSignInThrottle (refuse: (waitS: number) => Error) {
  const pairs = new LRUCache<string, Attempts>({ max: MAX_PAIRS, ttl: MAX_WAIT_MS })

  return {
    /** Counts an attempt before it is made, so that many at once are not free; what it returns forgives them all. */
    begin (this: void, username: string, network: string): () => void {
      const key = JSON.stringify([username, network])
      const { count, retryAt } = pairs.get(key) ?? { count: 0, retryAt: 0 }
      const now = Date.now()
      if (now < retryAt) throw refuse(Math.ceil((retryAt - now) / MS_PER_S))
      const waitMs = count + 1 < FREE_ATTEMPTS ? 0 : Math.min(MS_PER_S * 2 ** (count + 1 - FREE_ATTEMPTS), MAX_WAIT_MS)
      pairs.set(key, { count: count + 1, retryAt: now + waitMs })
      return () => { pairs.delete(key) }
    }
  }
}
