import type { FastifyInstance } from 'fastify'
import type { ClientSession, ObjectId, WithId } from 'mongodb'
import type { TransactionDocument } from '../../../schemas/transactions.ts'
import type { WithdrawalDocument, WithdrawalStatus } from '../../../schemas/withdrawals.ts'

type StoredWithdrawal = WithId<WithdrawalDocument<ObjectId>>

/** A withdrawal whose entries of the ledger are not those that its status asks for, in micro-USDT. */
export interface WithdrawalDifference {
  id: string
  user_id: number
  status: WithdrawalStatus
  amount: number
  /** Its entries: one of `-amount`, and one of `amount` where it was refunded. */
  entries: number[]
}

/** Withdrawals that are compared by one command; it bounds the memory. */
const BATCH = 1000
const REFUNDED: readonly WithdrawalStatus[] = ['refused', 'cancelled']

const wantedOf = ({ amount, status }: StoredWithdrawal): number[] => REFUNDED.includes(status) ? [-amount, amount] : [-amount]
const isSame = (one: readonly number[], other: readonly number[]): boolean => one.join() === other.join()

/** Compares withdrawals with the ledger while both change. */
export function createReconciliation ({ documents }: Pick<FastifyInstance, 'documents'>) {
  const withdrawals = documents.collection<WithdrawalDocument<ObjectId>>('withdrawals')
  const transactions = documents.collection<TransactionDocument>('transactions')
  const referenceOf = ({ _id }: StoredWithdrawal) => `withdrawal:${_id.toHexString()}`

  /** Amounts of the entries of each, ascending, by their reference. */
  async function entriesOf (batch: readonly StoredWithdrawal[], session?: ClientSession): Promise<Map<string, number[]>> {
    const filter = { user_id: { $in: [...new Set(batch.map(({ user_id: id }) => id))] }, reference: { $in: batch.map(referenceOf) }, kind: { $in: ['withdrawal', 'refund'] } } as const
    const amounts = new Map<string, number[]>()
    for await (const { reference, amount } of transactions.find(filter, { projection: { reference: 1, amount: 1 }, ...(session && { session }) })) {
      amounts.set(reference, [...amounts.get(reference) ?? [], amount].sort((a, b) => a - b))
    }
    return amounts
  }

  /** Whether the entries of a withdrawal differ at one moment: those of a batch were read one after the other. */
  async function confirm (id: ObjectId): Promise<WithdrawalDifference | null> {
    return await documents.transact(async (session) => {
      // none is ever removed
      const withdrawal = await withdrawals.findOne({ _id: id }, { session }) as StoredWithdrawal
      const entries = (await entriesOf([withdrawal], session)).get(referenceOf(withdrawal)) ?? []
      const { user_id: userId, status, amount } = withdrawal
      return isSame(entries, wantedOf(withdrawal)) ? null : { id: id.toHexString(), user_id: userId, status, amount, entries }
    })
  }

  /** Those of a batch that may differ. */
  async function suspectsOf (batch: readonly StoredWithdrawal[]): Promise<StoredWithdrawal[]> {
    const entries = await entriesOf(batch)
    return batch.filter((withdrawal) => !isSame(entries.get(referenceOf(withdrawal)) ?? [], wantedOf(withdrawal)))
  }

  /** Every withdrawal that differs, in the order in which they were made. Reads `batchSize` at a time. */
  return async function * differences (batchSize = BATCH): AsyncGenerator<WithdrawalDifference> {
    const read = (after: object) => withdrawals.find(after, { sort: { _id: 1 }, limit: batchSize }).toArray()
    for (let batch = await read({}); batch.length > 0; batch = await read({ _id: { $gt: batch.at(-1)?._id } })) {
      for (const { _id: id } of await suspectsOf(batch)) {
        const difference = await confirm(id)
        if (difference !== null) yield difference
      }
    }
  }
}
