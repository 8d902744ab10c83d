import type { FastifyInstance } from 'fastify'
import type { ClientSession, WithId } from 'mongodb'
import { MAX_MONEY } from '../../../schemas/common.ts'
import type { TransactionDocument } from '../../../schemas/transactions.ts'
import type { UserDocument } from '../../../schemas/users.ts'

/** A change of a balance, in micro-USDT: negative where it falls. */
export type Posting = Pick<TransactionDocument, 'user_id' | 'kind' | 'amount' | 'reference'>
export type Entry = WithId<TransactionDocument>

type Tools = Pick<FastifyInstance, 'documents' | 'httpErrors'>

/** Changes balances, each with its entry; only within a transaction of the database. */
export function createPosting ({ documents, httpErrors }: Tools) {
  const users = documents.collection<UserDocument>('users')
  const transactions = documents.collection<TransactionDocument>('transactions')

  async function refusalOf ({ user_id: userId, amount }: Posting, session: ClientSession): Promise<Error> {
    const user = await users.findOne({ user_id: userId }, { session, projection: { _id: 1 } })
    if (user === null) return httpErrors.notFound('There is no such user')
    return amount < 0
      ? httpErrors.createError(422, 'The balance is too small', { code: 'INSUFFICIENT_BALANCE' })
      : httpErrors.createError(422, 'The balance would be larger than an account may hold', { code: 'BALANCE_LIMIT' })
  }

  /**
   * Changes a balance and writes the entry of that; the balance is never negative, nor above `MAX_MONEY`.
   * 404; 422 `INVALID_AMOUNT`, `INSUFFICIENT_BALANCE`, `BALANCE_LIMIT`.
   */
  return async function post (posting: Posting, session: ClientSession): Promise<Entry> {
    const { user_id: userId, amount } = posting
    if (amount === 0) throw httpErrors.createError(422, 'The amount is zero', { code: 'INVALID_AMOUNT' })
    const allows = { $gte: Math.max(0, -amount), $lte: Math.min(MAX_MONEY, MAX_MONEY - amount) }
    const { matchedCount } = await users.updateOne({ user_id: userId, balance: allows }, { $inc: { balance: amount } }, { session })
    if (matchedCount === 0) throw await refusalOf(posting, session)
    const entry: TransactionDocument = { ...posting, status: 'completed', created_at: new Date() }
    const { insertedId } = await transactions.insertOne({ ...entry }, { session })
    return { _id: insertedId, ...entry }
  }
}
