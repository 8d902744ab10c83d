import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Measured, MeasureClaim } from '../harness/claim.ts'
import { findDatabase, nameDatabase, prepareDatabase } from '../harness/database.ts'

/** Jobs that wait already, each of another user. */
const WAITING = 200
const JOB_MS = 20
const CONCURRENCY = 10
const VIP = 1
const [LOWEST, HIGHEST] = [1, 6]

let database: Promise<string> | undefined

/** Adds the jobs in one transaction, the urgent one last; how many were done before it, and when it was. */
async function race (fastify: FastifyInstance): Promise<Measured> {
  let done = 0
  const places = new Map<string, { before: number, at: number }>()
  const news = new EventEmitter<{ done: [] }>()
  const allDone = once(news, 'done')
  fastify.jobs.define('withdrawal', {
    attempts: 10,
    backoffMs: 5000,
    maxBackoffMs: 60_000,
    drop: async () => {},
    async run ({ subject, finish }) {
      await delay(JOB_MS)
      await finish(async () => {})
      places.set(subject, { before: done++, at: performance.now() })
      if (done > WAITING) news.emit('done')
    }
  })
  await fastify.documents.transact(async (session) => {
    for (let n = 0; n < WAITING; n++) await fastify.outbox.add({ kind: 'withdrawal', subject: `ordinary-${n}`, owner: VIP + 1 + n, score: LOWEST }, session)
    await fastify.outbox.add({ kind: 'withdrawal', subject: 'urgent', owner: VIP, score: HIGHEST }, session)
  })
  const startedAt = performance.now()
  fastify.outbox.nudge()
  await allDone
  const urgent = places.get('urgent')
  if (urgent === undefined) throw new Error('The urgent job is missing')
  return { urgent_done_after_ms: urgent.at - startedAt, done_before_it: urgent.before, all_done_after_ms: performance.now() - startedAt }
}

async function measure (name: string, off: string): Promise<Measured> {
  const uri = await (database ??= findDatabase())
  const env = { MONGODB_URI: uri, MONGODB_DATABASE: nameDatabase(name), NODE_ENV: 'production', JWT_SECRET: randomBytes(32).toString('hex'), JOBS_CONCURRENCY: CONCURRENCY, OPTIMIZATIONS_OFF: off }
  return await prepareDatabase(env, CONCURRENCY, race)
}

const claim: MeasureClaim = {
  kind: 'measures',
  usesDatabase: true,
  question: `How long does a job of the highest score wait behind ${WAITING} ordinary ones of ${JOB_MS} ms, ten of which are done at a time?`,
  variants: [{ name: 'without priorities', measure: () => measure('ordinary', 'job-priorities') }, { name: 'with priorities', measure: () => measure('ranked', '') }]
}
export default claim
