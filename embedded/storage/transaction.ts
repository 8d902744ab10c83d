import { idOf } from '../bson/keys.ts'
import type { Doc } from '../bson/values.ts'
import { Collection } from './collection.ts'
import type { Database, View } from './database.ts'
import { IndexTree } from './index-tree.ts'

/** A multi-document transaction: a snapshot of every collection (shared B-tree nodes), changed by its own writes only. */
export class Transaction implements View {
  readonly collections: Map<string, Collection>
  readonly inTransaction = true
  readonly started: number
  /** What it wrote, by namespace and id: the document as it will be, or undefined once removed. */
  readonly writes = new Map<string, Map<string, Doc | undefined>>()
  readonly ended: Promise<void>
  readonly #database: Database
  #finish!: () => void

  constructor (database: Database) {
    this.#database = database
    this.started = database.clock()
    this.collections = new Map([...database.collections].map(([ns, collection]) => [ns, collection.clone()]))
    this.ended = new Promise((resolve) => { this.#finish = resolve })
  }

  collection (ns: string): Collection {
    let collection = this.collections.get(ns)
    if (!collection) {
      // created since the snapshot: none of its documents are visible, but its unique indexes count
      const indexes = this.#database.collections.get(ns)?.indexes.values()
      collection = new Collection(ns, this.started, indexes && [...indexes].map(({ spec }) => new IndexTree(spec)))
      this.collections.set(ns, collection)
    }
    return collection
  }

  wrote (ns: string, id: string): boolean {
    return this.writes.get(ns)?.has(id) === true
  }

  touches (ns: string, id: string, next: Doc | undefined): boolean {
    if (!this.writes.has(ns)) return false
    if (this.wrote(ns, id)) return true
    return next !== undefined && [...this.collection(ns).holders(next)].some((holder) => this.wrote(ns, idOf(holder)))
  }

  replace (ns: string, old: Doc | undefined, next: Doc | undefined): void {
    this.collection(ns).replace(old, next)
    this.#database.assertUnchanged(ns, this, next, old)
    const writes = this.writes.get(ns) ?? new Map<string, Doc | undefined>()
    this.writes.set(ns, writes.set(idOf((next ?? old)!), next))
  }

  /** A transaction never waits: it fails with a WriteConflict. */
  assertFree (): void {}

  /** Nothing can fail here: every conflict was found when the write was made. */
  commit (): void {
    for (const [ns, writes] of this.writes) {
      const collection = this.#database.collection(ns)
      for (const id of writes.keys()) this.#remove(collection, id)
      for (const next of writes.values()) if (next) collection.replace(undefined, next)
    }
    this.end()
  }

  #remove (collection: Collection, id: string): void {
    const old = collection.find(id)
    if (old) collection.replace(old, undefined)
  }

  end (): void {
    this.#database.transactions.delete(this)
    this.#finish()
  }
}
