import type { FastifyInstance } from 'fastify'
import { createKeys, type Claim, type Hold, type KeptAnswer } from './repository.ts'

export type MoneyTransaction = Parameters<Parameters<FastifyInstance['ledger']['transact']>[0]>[0]
/** What moves money; it may be begun anew, as in `ledger.transact`. */
export type Work<T> = (transaction: MoneyTransaction) => Promise<T>

type Needs = Pick<FastifyInstance, 'documents' | 'httpErrors' | 'ledger' | 'log'>

const RETRY_AFTER_S = '1'

/** The life of a key, for REST and GraphQL alike: claimed, then fulfilled or given up. */
export function createExecution ({ documents, httpErrors, ledger, log }: Needs) {
  const keys = createKeys({ documents })
  const inUse = () => httpErrors.createError(409, 'A request with this key is under way', { code: 'IDEMPOTENCY_KEY_IN_USE', headers: { 'retry-after': RETRY_AFTER_S } })

  return {
    keys,

    /** What was answered before, or a hold to fulfil or to give up. 409 `IDEMPOTENCY_KEY_IN_USE`; 422 `IDEMPOTENCY_KEY_REUSED`. */
    claim: async (wanted: Claim): Promise<{ answer: KeptAnswer } | { hold: Hold }> => {
      const claimed = await keys.claim(wanted)
      if (claimed.outcome === 'answered' || claimed.outcome === 'held') return claimed
      if (claimed.outcome === 'busy') throw inUse()
      throw httpErrors.createError(422, 'The key was used for another request', { code: 'IDEMPOTENCY_KEY_REUSED' })
    },

    /** Does `work` in a transaction that keeps its answer too: whatever dies in between, both are there or neither. */
    fulfil: <T>(hold: Hold, work: Work<T>, toAnswer: (result: T) => KeptAnswer): Promise<T> => ledger.transact(async (transaction) => {
      const result = await work(transaction)
      // who is as late as that has been given up, and another one does it
      if (!await keys.settle(hold, toAnswer(result), transaction.session)) throw inUse()
      return result
    }),

    /**
     * Keeps a refusal like an answer; a fault of the server gives the key back. Both do nothing to a hold that is fulfilled. What
     * cannot be written leaves the hold to lapse, and the answer as it is.
     */
    giveUp: async (hold: Hold, answer: KeptAnswer): Promise<void> => {
      try {
        if (answer.status >= 500) await keys.release(hold)
        else await keys.settle(hold, answer)
      } catch (err) {
        log.warn({ err }, 'idempotency key not given back')
      }
    }
  }
}
export type Execution = ReturnType<typeof createExecution>
