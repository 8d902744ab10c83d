import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ClientSession } from 'mongodb'
import { createPosting, type Entry, type Posting } from './posting.ts'
import { createReconciliation } from './reconciliation.ts'

export type { Entry, Posting } from './posting.ts'

declare module 'fastify' {
  interface FastifyInstance {
    ledger: ReturnType<typeof createLedger>
  }
}

/** A transaction of the database in which money moves. */
export interface MoneyTransaction {
  session: ClientSession
  /** Changes a balance and writes its entry. */
  post: (posting: Posting) => Promise<Entry>
}

function createLedger (fastify: FastifyInstance) {
  const { cache, documents, monitored, relatedKeys } = fastify
  const post = createPosting(fastify)

  /**
   * Does all of `work`, or nothing of it; what shows the balances that it changed is invalidated before it answers. `work` may
   * run more than once: what it does beside the session must bear that.
   */
  async function transact<T> (work: (transaction: MoneyTransaction) => Promise<T>): Promise<T> {
    let tags: string[] = []
    const answer = await documents.transact(async (session) => {
      tags = []
      return await work({
        session,
        async post (posting) {
          const entry = await post(posting, session)
          tags.push(...['transactions', 'users'].flatMap((collection) => relatedKeys.tagsOf(collection, entry)).filter((tag) => tag !== undefined))
          return entry
        }
      })
    })
    await cache.invalidate(tags)
    return answer
  }

  return { transact: monitored('ledger.transact', transact), differences: createReconciliation(fastify) }
}

/**
 * The one way to change a balance: with an entry of `transactions`, in the same transaction of the database, never below
 * zero. It fails closed: what cannot be written as a whole is not done.
 */
export default fp(async function ledger (fastify) {
  fastify.decorate('ledger', createLedger(fastify))
}, { name: 'ledger', dependencies: ['cache', 'documents', 'performance-monitor', 'related-keys', 'sensible', 'users-repository'] })
