import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Document, FindCursor, WithId } from 'mongodb'
import type { TransactionDocument } from '../../schemas/transactions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    transactionsRepository: ReturnType<typeof createTransactionsRepository>
  }
}

type StoredTransaction = WithId<TransactionDocument>
/** An entry of the ledger of which only some fields were read. */
export type ProjectedTransaction = WithId<Partial<TransactionDocument> & Pick<TransactionDocument, 'user_id' | 'created_at'>>

interface PageOptions {
  limit: number
  fields?: readonly string[]
}

interface TransactionListQuery extends PageOptions {
  user_id?: number
  cursor?: string
}

type Tools = Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored'>

function createTransactionsRepository ({ documents, keyset, monitored }: Tools) {
  const transactions = documents.collection<TransactionDocument>('transactions')
  const newestFirst = keyset('transactions', { created_at: 'date', _id: 'id' })
  const project = (fields?: readonly string[]) => documents.project(fields, ['user_id', ...newestFirst.fields])

  /** Newest first. */
  async function list ({ user_id: userId, limit, cursor, fields }: TransactionListQuery) {
    const from = newestFirst.from(userId === undefined ? {} : { user_id: userId }, cursor)
    const options = { projection: project(fields), sort: newestFirst.sort, limit: limit + 1 }
    return newestFirst.page<ProjectedTransaction>(await transactions.find(from, options).toArray(), limit)
  }

  /** The first page of each user's entries, in one command. */
  async function pagesForUsers (userIds: readonly number[], { limit, fields }: PageOptions) {
    const projection = project(fields)
    const pageOf = (id: number): Document[] => [
      { $match: newestFirst.from({ user_id: id }) },
      { $sort: newestFirst.sort },
      { $limit: limit + 1 },
      ...(projection ? [{ $project: projection }] : [])
    ]
    const found = userIds.length === 0
      ? []
      : await transactions.aggregate<StoredTransaction>(documents.unite('transactions', userIds.map(pageOf))).toArray()
    return newestFirst.pages<ProjectedTransaction, number>(found, { keys: userIds, keyOf: (transaction) => transaction.user_id, limit })
  }

  /** The whole ledger, oldest first, for exports. `after`: only entries behind this one; null if there is none. */
  async function walk (after?: string) {
    const [_id] = documents.toIds(after === undefined ? [] : [after])
    return await documents.walk(transactions, undefined, _id && { _id })
  }

  /** Sum of a user's completed entries before a time, in micro-USDT: what the balance was then. */
  async function balanceAt (userId: number, time: Date): Promise<number> {
    const sums = transactions.aggregate<{ total: number }>([
      { $match: { user_id: userId, created_at: { $lt: time }, status: 'completed' } },
      { $group: { _id: null, total: { $sum: '$amount' } } }
    ])
    const [{ total } = { total: 0 }] = await sums.toArray()
    return total
  }

  /** A user's entries from one time until before another, oldest first. */
  function between (userId: number, from: Date, to: Date): FindCursor<StoredTransaction> {
    return transactions.find({ user_id: userId, created_at: { $gte: from, $lt: to } }, { sort: { created_at: 1, _id: 1 }, batchSize: documents.walkBatch })
  }

  return {
    list: monitored('transactions.list', list),
    pagesForUsers: monitored('transactions.pagesForUsers', pagesForUsers),
    walk: monitored('transactions.walk', walk),
    balanceAt: monitored('transactions.balanceAt', balanceAt),
    between
  }
}

/** Queries of `transactions`, the ledger. */
export default fp(async function transactionsRepository (fastify) {
  fastify.decorate('transactionsRepository', createTransactionsRepository(fastify))
}, { name: 'transactions-repository', dependencies: ['documents', 'keyset', 'performance-monitor'] })
