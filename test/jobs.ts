import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import jobs, { type JobDefinition } from '../plugins/app/jobs/index.ts'
import ledger from '../plugins/app/ledger/index.ts'
import outbox from '../plugins/app/outbox/index.ts'
import type { Environment } from '../schemas/config.ts'
import type { JobKind, OutboxDocument } from '../schemas/jobs.ts'
import { buildRepositories } from './services.ts'

type NewJob = Parameters<FastifyInstance['outbox']['add']>[0]

export const entriesOf = (fastify: FastifyInstance) => fastify.documents.collection<OutboxDocument>('outbox')

/** Adds a job in a transaction of its own. */
export async function addJob (fastify: FastifyInstance, subject: string, job: Partial<NewJob> = {}): Promise<void> {
  await fastify.documents.transact((session) => fastify.outbox.add({ kind: 'withdrawal', owner: null, score: 1, ...job, subject }, session))
}

/** Attempts with short pauses, done by `run`. */
export function definitionOf (run: JobDefinition['run'], own: Partial<JobDefinition> = {}): JobDefinition {
  return { attempts: 10, backoffMs: 20, maxBackoffMs: 40, run, async drop () {}, ...own }
}

interface Building {
  env?: Environment
  definitions?: Partial<Record<JobKind, JobDefinition>>
}

/** A server that does jobs, on a database of its own; `wait` resolves when `isSo` is. */
export async function buildJobs (t: Test, { env, definitions = {} }: Building = {}): Promise<FastifyInstance> {
  const fastify = await buildRepositories(t, { JOBS_CONCURRENCY: 10, JOBS_POLL_MS: 20, ...env })
  // a collection must be there before it is written to in transactions
  for (const name of ['outbox', 'transactions']) await fastify.documents.collection(name).createIndex({ created_at: -1 })
  for (const plugin of [ledger, outbox, jobs]) await fastify.register(plugin)
  for (const [kind, definition] of Object.entries(definitions)) fastify.jobs.define(kind as JobKind, definition)
  return fastify
}

/** Looks again and again; rejects after 20 s. */
export async function until (isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!await isSo()) {
    if (Date.now() > end) throw new Error('It did not come to be so within 20 s')
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}
