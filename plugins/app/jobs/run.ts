import type { FastifyInstance } from 'fastify'
import { JobLostError, type JobRun } from './definitions.ts'

export type Held = FastifyInstance['outbox']['held']
export type Entry = NonNullable<Awaited<ReturnType<Held['take']>>>

/** A third of the time for which a job is held: so often it is prolonged. */
const PROLONG_MS = 3000
/** A job that could not be prolonged for so long may be somebody else's. */
const SILENCE_MS = 9000

/** Prolongs a hold until it is stopped; aborts when it is lost, or may be. */
export function keepHolding (held: Held, entry: Entry, controller: AbortController): () => void {
  let heldAt = Date.now()
  const timer = setInterval(async () => {
    const isHeld = await held.prolong(entry).catch(() => null)
    if (isHeld === true) heldAt = Date.now()
    else if (isHeld === false || Date.now() - heldAt > SILENCE_MS) controller.abort(new JobLostError('Somebody else may have the job by now'))
  }, PROLONG_MS).unref()
  return () => { clearInterval(timer) }
}

/** What an attempt does with its entry, and whether it came to its end. */
export function createRun ({ held, ledger }: { held: Held, ledger: FastifyInstance['ledger'] }, entry: Entry, signal: AbortSignal) {
  const lost = () => new JobLostError('Somebody else has the job by now')
  let isDone = false
  const run: JobRun = {
    subject: entry.subject,
    attempt: entry.attempts,
    signal,

    transact: (work) => ledger.transact(async (transaction) => {
      if (!await held.prolong(entry, transaction.session)) throw lost()
      return await work(transaction)
    }),

    async finish (work) {
      const answer = await ledger.transact(async (transaction) => {
        if (!await held.remove(entry, transaction.session)) throw lost()
        return await work(transaction)
      })
      isDone = true
      return answer
    }
  }
  return { run, isDone: () => isDone }
}
