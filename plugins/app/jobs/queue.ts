import { Queue, type JobsOptions } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { MAX_SCORE, SCORE_MS, type JobKind } from '../../../schemas/jobs.ts'
import type { Definitions, JobDefinition } from './definitions.ts'

type Held = FastifyInstance['outbox']['held']
type Entry = Awaited<ReturnType<Held['due']>>[number]

export const QUEUE_NAME = 'outbox'

export interface QueueNeeds {
  held: Held
  definitions: Definitions
  /** Keys in Redis begin with it. */
  prefix: string
}

/** Most jobs that wait in the queue: the others wait in the outbox, which keeps them in order. */
const WINDOW = 20
/** After so long it is looked whether the queue still has a job, in ms. */
const REQUEUE_MS = 5000

/** In BullMQ the lower number runs first, from 1 on; what waits rises by one each minute. */
export function priorityOf ({ score, created_at: createdAt }: Pick<Entry, 'score' | 'created_at'>, now: number): number {
  const aged = score + Math.floor((now - createdAt.getTime()) / SCORE_MS)
  return 1 + MAX_SCORE - Math.max(1, Math.min(MAX_SCORE, aged))
}

/**
 * Gives the queue what is due in the outbox. A job has the identifier of its entry, so that giving it twice does nothing;
 * what Redis lost, or BullMQ gave up, is given again.
 */
export function createRelay (connection: Redis, { held, definitions, prefix }: QueueNeeds) {
  const queue = new Queue(QUEUE_NAME, { connection, prefix })
  const kinds = (): JobKind[] => [...definitions.keys()]

  const optionsOf = (entry: Entry, now: number): JobsOptions => ({
    jobId: entry._id.toHexString(),
    priority: priorityOf(entry, now),
    attempts: (definitions.get(entry.kind) as JobDefinition).attempts,
    backoff: { type: 'outbox' },
    // the outbox knows what is not done
    removeOnComplete: true,
    removeOnFail: true
  })

  async function give (entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const now = Date.now()
    await queue.addBulk(entries.map((entry) => ({ name: entry.kind, data: {}, opts: optionsOf(entry, now) })))
    await held.markQueued(entries.map(({ _id: id }) => id), new Date(now + REQUEUE_MS))
  }

  /** Gives a job again, or lets it rise where it still waits. */
  async function giveAgain (entry: Entry): Promise<void> {
    const job = await queue.getJob(entry._id.toHexString())
    const priority = priorityOf(entry, Date.now())
    if (job && job.priority > priority && await job.getState() === 'prioritized') await job.changePriority({ priority })
  }

  return {
    queue,

    relay: async (): Promise<void> => {
      const again = await held.overdue(kinds(), WINDOW)
      for (const entry of again) await giveAgain(entry)
      await give(again)
      const { waiting = 0, prioritized = 0 } = await queue.getJobCounts('waiting', 'prioritized')
      const room = WINDOW - waiting - prioritized
      if (room > 0) await give(await held.unqueued(kinds(), room))
    }
  }
}
