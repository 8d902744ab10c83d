import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { ObjectId } from 'mongodb'
import type { JobKind } from '../../../schemas/jobs.ts'
import type { Attempts, Ended } from './attempts.ts'
import { QUEUE_NAME, type QueueNeeds } from './queue.ts'

interface WorkerNeeds extends QueueNeeds {
  attempts: Attempts
  concurrency: number
  failed: (error: unknown) => void
}

/** A job whose process is silent for so long is another's, as in the outbox; looked for every half of it. */
const LOCK_MS = 10_000
/** A job that somebody is at is looked at again after so long, at the earliest. */
const RECHECK_MS = 1000
/** Longest wait for news in one command, in seconds. */
const DRAIN_DELAY_S = 5

/** An attempt that failed, for the queue: when to begin the next one. */
class RetryError extends Error {
  readonly retryAt: Date

  constructor (retryAt: Date) {
    super('The attempt failed')
    this.retryAt = retryAt
  }
}

/** What the queue is told of how an attempt ended; what it removes is given again, if it is not done. */
function report (ended: Ended): void {
  if (ended.outcome === 'failed') throw new RetryError(ended.retryAt)
  if (ended.outcome === 'dead') throw new UnrecoverableError('The job was given up')
}

/** Does the jobs of the queue. Their entries decide: a job of the queue without one is nothing. */
export function createQueueWorker (connection: Redis, { held, definitions, prefix, attempts, concurrency, failed }: WorkerNeeds): Worker {
  async function later (job: Job, at: number, token?: string): Promise<never> {
    await job.moveToDelayed(Math.max(at, Date.now() + RECHECK_MS), token)
    throw new DelayedError()
  }

  async function work (job: Job, token?: string): Promise<void> {
    // that of a newer version, in a fleet which is being renewed
    if (!definitions.has(job.name as JobKind)) return await later(job, Date.now() + LOCK_MS, token)
    const id = new ObjectId(job.id)
    const entry = await attempts.take(id)
    if (entry !== null) {
      report(await attempts.make(entry))
      return
    }
    const freeAt = await held.freeAt(id)
    if (freeAt !== null) await later(job, freeAt.getTime(), token)
  }

  const worker = new Worker(QUEUE_NAME, work, {
    connection,
    prefix,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS / 2,
    drainDelay: DRAIN_DELAY_S,
    settings: { backoffStrategy: (_attempts, _type, error) => error instanceof RetryError ? Math.max(0, error.retryAt.getTime() - Date.now()) : RECHECK_MS }
  })
  worker.on('error', failed)
  return worker
}
