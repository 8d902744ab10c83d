import { Binary } from 'bson'
import { isDoc, type Doc } from '../bson/values.ts'
import { CommandError, fail, transient } from '../errors.ts'
import type { Database, View } from '../storage/database.ts'
import type { Transaction } from '../storage/transaction.ts'

interface Session {
  used: number
  /** Of the last transaction or retryable write. */
  number: bigint
  transaction?: Transaction | undefined
  committed: boolean
  /** The answer to the last retryable write, for whoever sends it again. */
  reply?: Promise<Doc> | undefined
}

/** As in MongoDB, a transaction may take a minute, and a session may rest for half an hour. */
const TRANSACTION_MS = 60_000
const SESSION_MS = 30 * 60_000

const noSuchTransaction = (number: unknown): CommandError =>
  transient(251, `Given transaction number ${String(number)} does not match any in-progress transactions.`)

export function sessionId (args: Doc): string | undefined {
  const id = isDoc(args.lsid) ? args.lsid.id : undefined
  return id instanceof Binary ? id.toString('hex') : undefined
}

/** Logical sessions: their transactions and their retryable writes. */
export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #database: Database

  constructor (database: Database) {
    this.#database = database
  }

  #session (id: string): Session {
    let session = this.#sessions.get(id)
    if (!session) this.#sessions.set(id, session = { used: 0, number: -1n, committed: false })
    session.used = this.#database.clock()
    return session
  }

  /** Runs a command in its transaction, as a write that may be sent again, or plainly. */
  async run (args: Doc, work: (view: View) => Promise<Doc>): Promise<Doc> {
    const id = sessionId(args)
    if (!id || args.txnNumber === undefined) return work(this.#database)
    const session = this.#session(id)
    const number = BigInt(args.txnNumber as bigint)
    if (number < session.number) fail(225, `Cannot use transaction number ${number}: the session has begun ${session.number}`)
    return args.autocommit === false ? this.#inTransaction(session, number, args, work) : this.#once(session, number, work)
  }

  async #once (session: Session, number: bigint, work: (view: View) => Promise<Doc>): Promise<Doc> {
    if (number > session.number || !session.reply) {
      this.#begin(session, number)
      session.reply = work(this.#database)
    }
    try {
      return await session.reply
    } catch (error) {
      // nothing was written, so that sending it again means trying again
      if (session.number === number) session.reply = undefined
      throw error
    }
  }

  #begin (session: Session, number: bigint): void {
    session.transaction?.end()
    Object.assign(session, { number, transaction: undefined, committed: false, reply: undefined })
  }

  async #inTransaction (session: Session, number: bigint, args: Doc, work: (view: View) => Promise<Doc>): Promise<Doc> {
    if (args.startTransaction === true && number > session.number) {
      this.#begin(session, number)
      session.transaction = this.#database.begin()
    }
    const { transaction } = session
    if (session.committed && number === session.number) fail(256, `Transaction with { txnNumber: ${number} } has been committed.`)
    if (!transaction || number !== session.number) throw noSuchTransaction(number)
    try {
      const reply = await work(transaction)
      if (reply.writeErrors) this.#abort(session)
      return reply
    } catch (error) {
      this.#abort(session)
      throw error
    }
  }

  #abort (session: Session): void {
    session.transaction?.end()
    session.transaction = undefined
  }

  /** Commits or aborts; a commit may be sent again. */
  end (args: Doc, commit: boolean): Doc {
    const session = this.#sessions.get(sessionId(args) ?? '')
    const number = args.txnNumber
    if (!session || session.number !== BigInt(number as bigint)) throw noSuchTransaction(number)
    if (commit && session.committed) return {}
    if (!session.transaction) throw noSuchTransaction(number)
    if (commit) session.transaction.commit()
    session.committed = commit
    this.#abort(session)
    return {}
  }

  forget (id: string): void {
    const session = this.#sessions.get(id)
    if (session) this.#abort(session)
    this.#sessions.delete(id)
  }

  sweep (now: number): void {
    for (const [id, session] of this.#sessions) {
      if (session.transaction && session.transaction.started + TRANSACTION_MS <= now) this.#abort(session)
      if (session.used + SESSION_MS <= now) this.forget(id)
    }
  }
}

export const isConflict = (error: unknown): boolean => error instanceof CommandError && error.code === 112
