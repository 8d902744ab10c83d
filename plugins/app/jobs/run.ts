import type { FastifyInstance } from 'fastify'
import { JobLostError, SilenceError, type JobRun } from './definitions.ts'

export type Held = FastifyInstance['outbox']['held']
export type Entry = NonNullable<Awaited<ReturnType<Held['take']>>>

/** A third of the time for which a job is held: so often it is prolonged. */
const PROLONG_MS = 3000

/** Prolongs a hold until it is stopped; aborts when it is lost, or would end before it is looked at again. */
export function keepHolding (held: Held, entry: Entry, controller: AbortController): () => void {
  let heldUntil = entry.held_until.getTime()
  // a process that has just hung was not refused: it asks first
  let isAnswered = true

  async function prolong (): Promise<void> {
    isAnswered = false
    const until = await held.prolong(entry)
    isAnswered = true
    if (until === null) controller.abort(new JobLostError('Somebody else has the job by now'))
    else heldUntil = until.getTime()
  }

  const timer = setInterval(() => {
    if (!isAnswered && heldUntil - Date.now() < PROLONG_MS) controller.abort(new SilenceError('The database does not prolong the hold'))
    prolong().catch(() => {})
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
      if (await held.prolong(entry, transaction.session) === null) throw lost()
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
