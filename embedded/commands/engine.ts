import { idOf } from '../bson/keys.ts'
import { expiry } from '../storage/index-tree.ts'
import { Busy, Database } from '../storage/database.ts'
import type { Collection } from '../storage/collection.ts'
import { Cursors } from './cursors.ts'
import { Sessions } from './sessions.ts'

/** Everything that outlives a command. */
export class Engine {
  readonly clock: () => number
  readonly database: Database
  readonly cursors: Cursors
  readonly sessions: Sessions
  readonly started: number

  constructor (clock: () => number) {
    this.clock = clock
    this.started = clock()
    this.database = new Database(clock)
    this.cursors = new Cursors(clock)
    this.sessions = new Sessions(this.database)
  }

  /** Ends what took too long and removes the documents whose time (TTL index) has come. */
  sweep (): void {
    this.sessions.sweep(this.clock())
    this.cursors.sweep()
    for (const collection of this.database.collections.values()) this.#expire(collection)
  }

  #expire (collection: Collection): void {
    for (const index of collection.indexes.values()) {
      if (index.spec.expireAfterSeconds === undefined) continue
      const old = [...index.tree.values()].filter((doc) => expiry(index, doc) <= this.clock())
      for (const doc of new Set(old)) {
        // what a transaction is writing stays until the next sweep
        if (!this.database.rival(collection.ns, idOf(doc), undefined)) this.database.replace(collection.ns, doc, undefined)
      }
    }
  }
}

/** Runs a write, again whenever a transaction that held it up has ended. */
export async function patiently<T> (write: () => T): Promise<T> {
  for (;;) {
    try {
      return write()
    } catch (reason) {
      if (!(reason instanceof Busy)) throw reason
      await reason.until
    }
  }
}
