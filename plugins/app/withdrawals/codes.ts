import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { ClientSession } from 'mongodb'
import type { NewWithdrawal } from '../../../schemas/withdrawals.ts'
import type { CodeDelivery } from './code-delivery.ts'

/** Document of `temp_data`; expires 600 s after `createdAt`. */
interface CodeDocument {
  _id: string
  /** SHA-256 of the code and of what it confirms. */
  hash: string
  tries: number
  createdAt: Date
}

interface Needs extends Pick<FastifyInstance, 'documents' | 'httpErrors'> {
  deliver: CodeDelivery
}

/** Beside the index that removes it later, in ms. */
const LIFE_MS = 600_000
/** Wrong ones after which a code counts no more. */
const MAX_TRIES = 5
/** A new code is sent no sooner than so long after the last, in ms: with its tries that bounds how fast one can guess. */
const RESEND_MS = 60_000
const CODES = 100_000_000
const DIGITS = 8

type Asked = Pick<NewWithdrawal, 'amount' | 'network' | 'wallet_address'>

/** A code confirms one amount to one address, so that it is of no use for another. */
function hashOf (code: string, { amount, network, wallet_address: address }: Asked): string {
  return createHash('sha256').update(JSON.stringify([code, amount, network, address])).digest('base64url')
}

const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Codes that confirm large withdrawals, in `temp_data`: one for each user at a time. */
export function createCodes ({ documents, httpErrors, deliver }: Needs) {
  const codes = documents.collection<CodeDocument>('temp_data')
  const idOf = (userId: number) => `withdrawal-code:${userId}`
  const required = () => httpErrors.createError(403, 'A code was sent to you: send it as `code`, with a new Idempotency-Key', { code: 'CONFIRMATION_REQUIRED' })
  const wrong = () => httpErrors.createError(403, 'The code is wrong, or was used, or is too old: without a code a new one is sent', { code: 'CONFIRMATION_WRONG' })

  /** Takes the place of a code that was sent long enough ago; false if there is a newer one. */
  async function replace (userId: number, hash: string): Promise<boolean> {
    const now = Date.now()
    try {
      await codes.updateOne(
        { _id: idOf(userId), createdAt: { $lte: new Date(now - RESEND_MS) } },
        { $set: { hash, tries: MAX_TRIES, createdAt: new Date(now) } },
        { upsert: true }
      )
      return true
    } catch (error) {
      if (documents.isDuplicate(error)) return false
      throw error
    }
  }

  return {
    /** Sends a code, unless one was just sent, and refuses: 403 `CONFIRMATION_REQUIRED`; 503 `CONFIRMATION_UNAVAILABLE`. */
    async ask (userId: number, asked: Asked): Promise<never> {
      const code = String(randomInt(CODES)).padStart(DIGITS, '0')
      const hash = hashOf(code, asked)
      if (await replace(userId, hash)) {
        await deliver(userId, code, asked).catch(async (error: unknown) => {
          await codes.deleteOne({ _id: idOf(userId), hash })
          throw error
        })
      }
      throw required()
    },

    /** The hash of a code that is right, for `use`. 403 `CONFIRMATION_WRONG`. */
    async check (userId: number, code: string, asked: Asked): Promise<string> {
      const hash = hashOf(code, asked)
      const since = new Date(Date.now() - LIFE_MS)
      const stored = await codes.findOneAndUpdate({ _id: idOf(userId), tries: { $gt: 0 }, createdAt: { $gte: since } }, { $inc: { tries: -1 } })
      if (stored === null || !isSame(stored.hash, hash)) throw wrong()
      return hash
    },

    /** Spends a code, in the transaction that it confirms. 403 `CONFIRMATION_WRONG` if it was spent meanwhile. */
    async use (userId: number, hash: string, session: ClientSession): Promise<void> {
      const { deletedCount } = await codes.deleteOne({ _id: idOf(userId), hash }, { session })
      if (deletedCount === 0) throw wrong()
    }
  }
}
export type Codes = ReturnType<typeof createCodes>
