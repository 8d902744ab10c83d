import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { ObjectId } from 'mongodb'
import { DrainingError, JobLostError, pauseAfter, SilenceError, type Definitions, type JobDefinition } from './definitions.ts'
import type { JobMetrics } from './metrics.ts'
import { createRun, keepHolding, type Entry, type Held } from './run.ts'

interface Tools {
  held: Held
  ledger: FastifyInstance['ledger']
  log: FastifyInstance['log']
  definitions: Definitions
  metrics: JobMetrics
  tracing: FastifyInstance['tracing']
  databaseIsAway: FastifyInstance['databaseIsAway']
}

/** How an attempt ended; `retryAt` where it is begun again. */
export type Ended = { outcome: 'done' | 'dead' | 'lost' | 'released' } | { outcome: 'failed', retryAt: Date }

/** Pause before a database that was away is told again how an attempt ended. */
const REPEAT_MS = 250

/** The attempt goes on in the trace of whoever added the job, so that one trace tells what came of a request, however often it was tried. */
const describe = ({ _id: id, attempts, kind, traceparent }: Entry) => ({
  name: `process ${kind}`,
  from: traceparent,
  attributes: {
    'messaging.system': 'outbox',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': kind,
    'messaging.message.id': id.toHexString(),
    'sahm.job.attempt': attempts
  },
  isFailure: ({ outcome }: Ended) => outcome !== 'done'
})

/** Gives back what an attempt did not finish: as soon as the database is there, unless the process ends before. */
function createGivingBack ({ held, ledger, databaseIsAway }: Tools, isEnding: () => boolean) {
  async function giveUp (entry: Entry, definition: JobDefinition, error: Error): Promise<Ended> {
    return await ledger.transact(async (transaction) => {
      if (!await held.bury(entry, error.message, transaction.session)) return { outcome: 'lost' }
      await definition.giveUp?.(entry.subject, error, transaction)
      return { outcome: 'dead' }
    })
  }

  async function giveBack (entry: Entry, definition: JobDefinition, error: unknown): Promise<Ended> {
    if (error instanceof JobLostError) return { outcome: 'lost' }
    if (error instanceof DrainingError) {
      await held.release(entry)
      return { outcome: 'released' }
    }
    const { message } = error as Error
    if (error instanceof SilenceError || databaseIsAway(error)) {
      // what all need says nothing of this one: an outage neither makes it wait for long nor uses its attempts up
      const retryAt = new Date(Date.now() + pauseAfter(1, definition))
      return await held.postpone(entry, message, retryAt) ? { outcome: 'failed', retryAt } : { outcome: 'lost' }
    }
    if (entry.attempts >= definition.attempts) return await giveUp(entry, definition, error as Error)
    const retryAt = new Date(Date.now() + pauseAfter(entry.attempts, definition))
    await held.fail(entry, message, retryAt)
    return { outcome: 'failed', retryAt }
  }

  /** The same, again and again: an attempt of whose end the database never hears counts, though an outage ended it. */
  return async function insist (entry: Entry, definition: JobDefinition, error: unknown): Promise<Ended> {
    for (;;) {
      try {
        return await giveBack(entry, definition, error)
      } catch (err) {
        if (isEnding() || !databaseIsAway(err)) throw err
      }
      await delay(REPEAT_MS)
    }
  }
}

/** Makes one attempt at a job that is held. */
function createAttempt (tools: Tools, isEnding: () => boolean) {
  const { held, ledger, log, definitions } = tools
  const giveBack = createGivingBack(tools, isEnding)

  return async function attempt (entry: Entry, controller: AbortController): Promise<Ended> {
    // whoever takes entries takes none of other kinds
    const definition = definitions.get(entry.kind) as JobDefinition
    const { run, isDone } = createRun({ held, ledger }, entry, controller.signal)
    try {
      // its process ended each time before it could say so
      if (entry.attempts > definition.attempts) throw new Error('No attempt came to its end')
      await definition.run(run)
      if (!isDone()) throw new Error('The attempt ended without a result')
      return { outcome: 'done' }
    } catch (err) {
      // what was committed is done, whatever failed after it
      if (isDone()) return { outcome: 'done' }
      // what ends because of the signal has the error of whatever was under way
      const ended = await giveBack(entry, definition, controller.signal.aborted ? controller.signal.reason : err)
      log[ended.outcome === 'dead' ? 'error' : 'warn']({ err, kind: entry.kind, subject: entry.subject, attempt: entry.attempts, ...ended }, 'job not done')
      return ended
    }
  }
}

/** The attempts that this process makes. */
export function createAttempts (tools: Tools) {
  let isEnding = false
  const attempt = createAttempt(tools, () => isEnding)
  const running = new Map<string, { controller: AbortController, attempting: Promise<Ended> }>()

  return {
    running: () => running.size,

    /** Takes a job, unless this process is at it still: an attempt that waits to be given back would count then. */
    take: async (id: ObjectId): Promise<Entry | null> => running.has(id.toHexString()) ? null : await tools.held.take(id),

    /** Makes an attempt. Rejects only if the database does not take its end: then it is begun again once it is held no more. */
    make: tools.tracing.traced(async function make (entry: Entry): Promise<Ended> {
      const id = entry._id.toHexString()
      const controller = new AbortController()
      const startedAt = performance.now()
      const stopHolding = keepHolding(tools.held, entry, controller)
      const attempting = attempt(entry, controller)
      running.set(id, { controller, attempting })
      try {
        const ended = await attempting
        tools.metrics.ended(entry.kind, ended.outcome, performance.now() - startedAt)
        return ended
      } finally {
        stopHolding()
        running.delete(id)
      }
    }, describe),

    /** Waits for what is under way, and gives back what takes longer than `limitMs`. */
    async drain (limitMs: number): Promise<void> {
      const limit = setTimeout(() => {
        isEnding = true
        for (const { controller } of running.values()) controller.abort(new DrainingError('The process ends'))
      }, limitMs)
      await Promise.allSettled([...running.values()].map(({ attempting }) => attempting))
      clearTimeout(limit)
    }
  }
}
export type Attempts = ReturnType<typeof createAttempts>
