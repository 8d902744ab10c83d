import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Answer, Ready } from './answer.ts'
import type { Wanted } from './wanted.ts'

/** What an answer takes besides its bodies and its key. */
const OVERHEAD_BYTES = 2048

interface Kept {
  answer: Answer
  /** Once it was sent to a stranger. */
  ready?: Ready
}

/** The answers used last, bounded by the bytes that they take; those that an invalidation has overtaken are not given out. */
export function createStore ({ clock }: FastifyInstance['cache'], maxBytes: number) {
  const answers = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    sizeCalculation: ({ answer: { representations } }, key) => representations.bytes + key.length + OVERHEAD_BYTES
  })

  function isCurrent (ready: Ready): boolean {
    const now = clock.now()
    // mostly nothing at all was invalidated since the last request
    if (ready.currentAt === now) return true
    if (!clock.isCurrent(ready.wanted.tags, ready.answer.since)) return false
    ready.currentAt = now
    return true
  }

  return {
    /** A kept answer that may be sent now; `isStale` if it should be made anew. */
    find ({ key, tags }: Wanted): { answer: Answer, isStale: boolean } | undefined {
      const answer = answers.get(key)?.answer
      const now = Date.now()
      if (answer === undefined || now >= answer.staleUntil || !clock.isCurrent(tags, answer.since)) return undefined
      return { answer, isStale: now >= answer.freshUntil }
    },

    /** Keeps an answer, unless something that it depends on was invalidated while it was made. */
    keep ({ key, tags }: Wanted, answer: Answer): void {
      if (clock.isCurrent(tags, answer.since)) answers.set(key, { answer })
    },

    /** What a stranger who asks for this URL may be sent now, without asking its route. */
    findReady (url: string, now: number): Ready | undefined {
      const ready = answers.get(url)?.ready
      return ready !== undefined && now < ready.answer.freshUntil && isCurrent(ready) ? ready : undefined
    },

    /** Marks a kept answer as what strangers are sent for its URL, which is its key. */
    keepReady ({ key }: Wanted, ready: Ready): void {
      const kept = answers.peek(key)
      if (kept?.answer === ready.answer) kept.ready = ready
    },

    size: () => ({ bytes: answers.calculatedSize, entries: answers.size })
  }
}
