import type { ChangeStream, Db, ResumeToken } from 'mongodb'
import type { Change } from './change.ts'

/** One look at the stream: a change, or null if there is none now. */
export interface Notice {
  change: Change | null
  /** Where to continue after it. */
  token: unknown
}

/** Longest wait of the server before it answers that there is no change. */
const WAIT_MS = 1000

/**
 * Changes of documents of the collections, after `token` or from now on, until the signal; the first notice tells that
 * the stream is open, and there is one every second. Throws as the driver does, once the driver cannot go on by itself.
 */
export async function * watchCollections (db: Pick<Db, 'watch'>, collections: readonly string[], { token, signal }: { token: unknown, signal: AbortSignal }): AsyncGenerator<Notice> {
  const isOurs = { $or: [{ 'ns.coll': { $in: collections } }, { operationType: { $in: ['dropDatabase', 'invalidate'] } }] }
  const stream: ChangeStream = db.watch([{ $match: isOurs }], {
    fullDocument: 'updateLookup',
    fullDocumentBeforeChange: 'whenAvailable',
    maxAwaitTimeMS: WAIT_MS,
    ...(token !== undefined && { startAfter: token as ResumeToken })
  })
  const close = (): void => { stream.close().catch(() => {}) }
  signal.addEventListener('abort', close, { once: true })
  try {
    while (!stream.closed) yield { change: await stream.tryNext(), token: stream.resumeToken }
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}
