import { idOf } from '../bson/keys.ts'
import type { Doc } from '../bson/values.ts'
import { transient } from '../errors.ts'
import { Collection } from './collection.ts'
import { Transaction } from './transaction.ts'

/** What a command reads and writes: the database itself, or a transaction's view of it. */
export interface View {
  readonly collections: Map<string, Collection>
  readonly inTransaction: boolean
  collection (ns: string): Collection
  /** @throws Busy if the write has to wait */
  assertFree (ns: string, old: Doc | undefined, next: Doc | undefined): void
  replace (ns: string, old: Doc | undefined, next: Doc | undefined): void
}

/** Thrown by a write that has to wait, as in MongoDB, for a transaction that wrote the same document or unique key. */
export class Busy extends Error {
  readonly until: Promise<void>

  constructor (transaction: Transaction) {
    super('waiting for a transaction')
    this.until = transaction.ended
  }
}

const conflict = (): Error => transient(112, 'Write conflict during plan execution and yielding is disabled. Please retry your operation or multi-document transaction.')

export class Database implements View {
  readonly collections = new Map<string, Collection>()
  readonly transactions = new Set<Transaction>()
  readonly inTransaction = false
  readonly clock: () => number

  constructor (clock: () => number) {
    this.clock = clock
  }

  collection (ns: string): Collection {
    let collection = this.collections.get(ns)
    if (!collection) this.collections.set(ns, collection = new Collection(ns, this.clock()))
    return collection
  }

  /** The open transaction, other than `own`, that wrote the document or took one of its unique keys. */
  rival (ns: string, id: string, next: Doc | undefined, own?: Transaction): Transaction | undefined {
    for (const transaction of this.transactions) {
      if (transaction !== own && transaction.touches(ns, id, next)) return transaction
    }
    return undefined
  }

  /** @throws Busy while a transaction holds anything in the namespace */
  assertQuiet (ns: string): void {
    for (const transaction of this.transactions) if (transaction.writes.has(ns)) throw new Busy(transaction)
  }

  replace (ns: string, old: Doc | undefined, next: Doc | undefined): void {
    this.assertFree(ns, old, next)
    this.collection(ns).replace(old, next)
  }

  assertFree (ns: string, old: Doc | undefined, next: Doc | undefined): void {
    if (this.transactions.size === 0) return
    const rival = this.rival(ns, idOf((next ?? old)!), next)
    if (rival) throw new Busy(rival)
  }

  begin (): Transaction {
    const transaction = new Transaction(this)
    this.transactions.add(transaction)
    return transaction
  }

  /** @throws WriteConflict if the write cannot be made on top of what others did since the transaction began */
  assertUnchanged (ns: string, transaction: Transaction, next: Doc | undefined, old: Doc | undefined): void {
    const id = idOf((next ?? old)!)
    const current = this.collections.get(ns)
    if (this.rival(ns, id, next, transaction)) throw conflict()
    if (!transaction.wrote(ns, id) && current?.find(id) !== old) throw conflict()
    if (!next || !current) return
    for (const holder of current.holders(next)) if (!transaction.wrote(ns, idOf(holder))) throw conflict()
  }
}
