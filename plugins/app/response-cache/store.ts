import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Answer } from './answer.ts'
import type { Wanted } from './wanted.ts'

/** What an answer takes besides its bodies and its key. */
const OVERHEAD_BYTES = 2048

/** The answers used last, bounded by the bytes that they take; those that an invalidation has overtaken are not given out. */
export function createStore ({ clock }: FastifyInstance['cache'], maxBytes: number) {
  const answers = new LRUCache<string, Answer>({
    maxSize: maxBytes,
    sizeCalculation: ({ representations }, key) => representations.bytes + key.length + OVERHEAD_BYTES
  })

  return {
    /** A kept answer that may be sent now; `isStale` if it should be made anew. */
    find ({ key, tags }: Wanted): { answer: Answer, isStale: boolean } | undefined {
      const answer = answers.get(key)
      const now = Date.now()
      if (answer === undefined || now >= answer.staleUntil || !clock.isCurrent(tags, answer.since)) return undefined
      return { answer, isStale: now >= answer.freshUntil }
    },

    /** Keeps an answer, unless something that it depends on was invalidated while it was made. */
    keep ({ key, tags }: Wanted, answer: Answer): void {
      if (clock.isCurrent(tags, answer.since)) answers.set(key, answer)
    },

    size: () => ({ bytes: answers.calculatedSize, entries: answers.size })
  }
}
