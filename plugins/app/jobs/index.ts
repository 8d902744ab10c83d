import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { JobKind } from '../../../schemas/jobs.ts'
import { createAttempts } from './attempts.ts'
import type { JobDefinition } from './definitions.ts'
import { createLetters } from './letters.ts'
import { createLocalRunner } from './local-runner.ts'
import { createJobMetrics } from './metrics.ts'
import { createTicker } from './ticker.ts'

export type { JobDefinition, JobRun } from './definitions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    jobs: ReturnType<typeof createLetters> & {
      /** Says how jobs of a kind are done, while plugins load. */
      define: (kind: JobKind, definition: JobDefinition) => void
      /** The queue of BullMQ, to look at, and whether its Redis answers; null without Redis. */
      queueView: { queue: Queue, isReady: () => boolean } | null
    }
  }
}

/** How long the start waits for the Redis of the queue. */
const START_LIMIT_MS = 1000
/** Longest wait at the stop for jobs under way; then they are given back. */
const DRAIN_LIMIT_MS = 5000

/** Logs the first of several failures. */
function createFailureLog ({ log }: Pick<FastifyInstance, 'log'>) {
  let isFailing = false
  return {
    failed: (err: unknown): void => {
      if (!isFailing) log.warn({ err }, 'jobs wait')
      isFailing = true
    },
    succeeded: (): void => {
      if (isFailing) log.info('jobs go on')
      isFailing = false
    }
  }
}

/** The processors and what feeds them. */
async function createWork (fastify: FastifyInstance, definitions: ReadonlyMap<JobKind, JobDefinition>) {
  const { config, databaseIsAway, ledger, log, mongo, outbox: { held }, tracing } = fastify
  const failures = createFailureLog(fastify)
  const attempts = createAttempts({ held, ledger, log, definitions, metrics: createJobMetrics(fastify), tracing, databaseIsAway })
  const concurrency = config.JOBS_CONCURRENCY
  const url = config.QUEUE_REDIS_URL || config.REDIS_URL
  const onRoom = (): void => { ticker.nudge() }
  const local = createLocalRunner({ held, attempts, definitions, concurrency, failed: failures.failed, onRoom })
  // a fifth of a second of the start, for those that need it
  const bull = url === '' ? null : (await import('./bull.ts')).createBull({ url, prefix: `jobs:${mongo.db?.databaseName}`, log, shown: fastify, held, definitions, attempts, concurrency, failed: failures.failed, onRoom })

  /** What is due goes to the queue; where there is none, or it takes nothing, it is done here. */
  async function feed (): Promise<void> {
    if (!bull?.isReady()) return await local.look()
    try {
      await bull.relay()
    } catch (error) {
      await local.look()
      throw error
    }
  }

  const ticker = createTicker(async function tick () {
    try {
      await feed()
      failures.succeeded()
    } catch (error) {
      failures.failed(error)
    }
  }, config.JOBS_POLL_MS)

  return {
    queueView: bull?.view ?? null,
    nudge: (): void => { ticker.nudge() },
    start: async (): Promise<void> => {
      await bull?.begin(START_LIMIT_MS)
      ticker.start()
    },

    stop: async (): Promise<void> => {
      await Promise.all([bull?.pause(), ticker.stop()])
      await attempts.drain(DRAIN_LIMIT_MS)
      await bull?.close()
    }
  }
}

/**
 * Optimization 10: jobs by priority. What the outbox has is done by BullMQ where there is Redis, and by this process from the
 * outbox where there is none, or while it is away: with the same attempts, pauses and fencing. It fails open for requests:
 * while jobs cannot be done they wait.
 */
export default fp(async function jobs (fastify) {
  const definitions = new Map<JobKind, JobDefinition>()
  const { JOBS_CONCURRENCY: concurrency, QUEUE_REDIS_URL: queueUrl, REDIS_URL: redisUrl } = fastify.config
  const work = concurrency === 0 && queueUrl === '' && redisUrl === '' ? null : await createWork(fastify, definitions)
  fastify.decorate('jobs', {
    ...createLetters(fastify, definitions),
    define: (kind, definition) => { definitions.set(kind, definition) },
    queueView: work?.queueView ?? null
  })
  if (work === null) return

  fastify.outbox.onAdded(work.nudge)
  fastify.addHook('onReady', work.start)
  fastify.addHook('preClose', work.stop)
}, {
  name: 'jobs',
  dependencies: ['audit-log', 'config', 'documents', 'ledger', 'metrics', 'mongodb', 'outbox', 'problem-details', 'sensible', 'tracing']
})
