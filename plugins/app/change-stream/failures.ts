import { MongoServerError } from 'mongodb'

/** Answers of a server that has no change streams; other engines than MongoDB say so in their own ways. */
const UNSUPPORTED = new Set<unknown>([
  59, // CommandNotFound
  115, // CommandNotSupported: DocumentDB
  238, // NotImplemented: the embedded database
  40_324, // unrecognized pipeline stage
  40_573 // only on replica sets: a standalone MongoDB
])

const RESUMABLE = 'ResumableChangeStreamError'

/** Whether the server will never offer a change stream. */
export function isUnsupported (error: unknown): boolean {
  return error instanceof MongoServerError && UNSUPPORTED.has(error.code)
}

/** Whether it is of no use to ask again for what follows the last token: its place in the history is lost, or nobody may read on there. */
export function isLost (error: unknown): boolean {
  return error instanceof MongoServerError && !error.hasErrorLabel(RESUMABLE)
}
