import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { ClientSession } from 'mongodb'

/** An answer as it was sent, to be sent again byte for byte. */
export interface KeptAnswer {
  status: number
  type: string
  body: string
}

/** Document of `idempotency_keys`; expires 86400 s after `createdAt`. */
interface IdempotencyKeyDocument {
  /** Owner and key: unique without an index that might not be there yet. */
  _id: string
  /** SHA-256 of what was asked. */
  fingerprint: string
  /** Who is at it; whoever finds another one there has been given up. */
  holder: string
  held_until: Date
  answer: KeptAnswer | null
  createdAt: Date
}

export interface Claim {
  owner: string
  key: string
  fingerprint: string
}
/** A claim that is this request's to fulfil. */
export type Hold = Pick<IdempotencyKeyDocument, '_id' | 'holder'>

export type Claimed =
  | { outcome: 'held', hold: Hold }
  | { outcome: 'answered', answer: KeptAnswer }
  | { outcome: 'busy' | 'other' }

/** Longer than any request may take, in ms: whose holder is silent for so long has died. */
const HOLD_MS = 60_000

/** Queries of `idempotency_keys`. */
export function createKeys ({ documents }: Pick<FastifyInstance, 'documents'>) {
  const keys = documents.collection<IdempotencyKeyDocument>('idempotency_keys')
  const mine = ({ _id, holder }: Hold) => ({ _id, holder, answer: null })

  /** Takes the place of a holder that has died, unless somebody else does. */
  async function takeOver (dead: Hold, next: Hold, heldUntil: Date): Promise<Claimed> {
    const { matchedCount } = await keys.updateOne(mine(dead), { $set: { holder: next.holder, held_until: heldUntil } })
    return matchedCount === 0 ? { outcome: 'busy' } : { outcome: 'held', hold: next }
  }

  /** What a claim comes to: `busy` while another request is at it, `other` if the key stands for something else. */
  async function claim (wanted: Claim): Promise<Claimed> {
    const now = Date.now()
    const hold = { _id: `${wanted.owner} ${wanted.key}`, holder: randomUUID() }
    const heldUntil = new Date(now + HOLD_MS)
    try {
      await keys.insertOne({ ...hold, fingerprint: wanted.fingerprint, held_until: heldUntil, answer: null, createdAt: new Date(now) })
      return { outcome: 'held', hold }
    } catch (error) {
      if (!documents.isDuplicate(error)) throw error
    }
    const found = await keys.findOne({ _id: hold._id })
    // it has expired or was given back meanwhile
    if (found === null) return await claim(wanted)
    if (found.fingerprint !== wanted.fingerprint) return { outcome: 'other' }
    if (found.answer !== null) return { outcome: 'answered', answer: found.answer }
    return found.held_until.getTime() > now ? { outcome: 'busy' } : await takeOver(found, hold, heldUntil)
  }

  return {
    claim,

    /** Keeps the answer; false if somebody else has taken over. With `session`, together with what it tells of. */
    async settle (hold: Hold, answer: KeptAnswer, session?: ClientSession): Promise<boolean> {
      const { matchedCount } = await keys.updateOne(mine(hold), { $set: { answer } }, { ...(session && { session }) })
      return matchedCount === 1
    },

    /** Gives a claim back that came to nothing. */
    async release (hold: Hold): Promise<void> {
      await keys.deleteOne(mine(hold))
    }
  }
}
