import type { Document } from 'bson'
import type { Command } from './wire.ts'

/** The transactions that a process has begun, and those that it was torn away from. */
export function createTransactions () {
  const open = new Map<string, Document>()
  let abandoned: Document[] = []

  return {
    follow ({ name, body }: Command): void {
      const session = body.lsid as Document | undefined
      if (session === undefined) return
      const id = JSON.stringify(session)
      if (body.startTransaction === true) open.set(id, session)
      if (name === 'commitTransaction' || name === 'abortTransaction') open.delete(id)
    },

    /** Its connections have ended: it may not be able to end what it had begun. */
    abandon (): void {
      abandoned.push(...open.values())
      open.clear()
    },

    /** Their sessions, since it was asked last. */
    takeAbandoned (): Document[] {
      const taken = abandoned
      abandoned = []
      return taken
    }
  }
}
