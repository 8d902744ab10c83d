import type { FastifyInstance } from 'fastify'

/** How many there may be at a time: in all, and of one owner. */
export interface Bounds {
  most: number
  ofOwner: number
}

/** When to come again, in seconds: exports take from seconds to minutes. */
const RETRY_AFTER_S = '10'

/** Bounds what goes on at a time in this process. */
export function createSlots ({ httpErrors }: Pick<FastifyInstance, 'httpErrors'>, { most, ofOwner }: Bounds) {
  const taken = new Map<number, number>()
  let count = 0

  function give (owner: number, change: 1 | -1): void {
    const own = (taken.get(owner) ?? 0) + change
    if (own === 0) taken.delete(owner)
    else taken.set(owner, own)
    count += change
  }

  return {
    get count (): number { return count },

    /** Takes a slot, and returns the function that gives it back; 503 `EXPORTS_BUSY` if there is none. */
    take (owner: number): () => void {
      if (count >= most || (taken.get(owner) ?? 0) >= ofOwner) {
        throw httpErrors.createError(503, 'Too many exports at a time', { code: 'EXPORTS_BUSY', headers: { 'retry-after': RETRY_AFTER_S } })
      }
      give(owner, 1)
      return () => { give(owner, -1) }
    }
  }
}
