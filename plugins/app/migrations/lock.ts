import { setInterval } from 'node:timers'
import type { FastifyInstance } from 'fastify'
import { pause } from './throttle.ts'

/** The document `lock` of `migrations`. */
interface LockDocument {
  _id: 'lock'
  /** Grows with each holder: what a former one writes is told from what the present one writes. */
  term: number
  /** A holder that has not prolonged it by then has died. */
  held_until: Date
}

const LOCK = { _id: 'lock' } as const
/** For whoever waits, between two looks. */
const LOOK_MS = 500

interface Waiting {
  signal: AbortSignal
  /** Told once, if somebody else has the lock. */
  onWait: () => void
}

/** The right to migrate, which one process has at a time. A holder that dies keeps others waiting for `leaseMs`. */
export function createLock ({ documents }: Pick<FastifyInstance, 'documents'>, leaseMs: number) {
  const locks = documents.collection<LockDocument>('migrations')
  const heldUntil = () => new Date(Date.now() + leaseMs)

  async function prepare (): Promise<void> {
    try {
      await locks.insertOne({ ...LOCK, term: 0, held_until: new Date(0) })
    } catch (error) {
      if (!documents.isDuplicate(error)) throw error
    }
  }

  async function take (): Promise<number | undefined> {
    const taken = await locks.findOneAndUpdate(
      { ...LOCK, held_until: { $lte: new Date() } },
      { $set: { held_until: heldUntil() }, $inc: { term: 1 } },
      { returnDocument: 'after' }
    )
    return taken?.term
  }

  /** The term that begins; undefined if `signal` came first. */
  async function wait ({ signal, onWait }: Waiting): Promise<number | undefined> {
    await prepare()
    let term = await take()
    if (term === undefined) onWait()
    while (term === undefined && !signal.aborted) {
      await pause(LOOK_MS, signal)
      term = await take()
    }
    return term
  }

  return {
    /** Whether a process that lives, or has died a moment ago, migrates. */
    isHeld: async (): Promise<boolean> => await locks.findOne({ ...LOCK, held_until: { $gt: new Date() } }) !== null,

    /** Does `work` while no other process does; undefined if `signal` came before the lock. */
    async during<T> (waiting: Waiting, work: (term: number) => Promise<T>): Promise<T | undefined> {
      const term = await wait(waiting)
      if (term === undefined) return undefined
      const mine = { ...LOCK, term }
      const prolong = () => locks.updateOne(mine, { $set: { held_until: heldUntil() } })
      // a failure here is told by the next write of the migration itself, which is refused to former holders
      let prolonging: Promise<unknown> = Promise.resolve()
      const timer = setInterval(() => { prolonging = Promise.allSettled([prolong()]) }, leaseMs / 3)
      try {
        return await work(term)
      } finally {
        clearInterval(timer)
        await prolonging
        // where this fails it lapses; what failed before is what is told
        await Promise.allSettled([locks.updateOne(mine, { $set: { held_until: new Date(0) } })])
      }
    }
  }
}
