import type { FastifyInstance } from 'fastify'
import type { JobKind } from '../../../schemas/jobs.ts'

export type MoneyTransaction = Parameters<Parameters<FastifyInstance['ledger']['transact']>[0]>[0]

/** One attempt at a job. It may be killed at any moment, and is then begun anew, here or elsewhere. */
export interface JobRun {
  subject: string
  /** 1 for the first. */
  attempt: number
  /** Aborted when somebody else may have the job by now, and when the process must end. */
  signal: AbortSignal
  /** `ledger.transact`, committed only while this attempt has the job. */
  transact: <T>(work: (transaction: MoneyTransaction) => Promise<T>) => Promise<T>
  /** The same, and the job is done with that. */
  finish: <T>(work: (transaction: MoneyTransaction) => Promise<T>) => Promise<T>
}

/** How jobs of a kind are done. */
export interface JobDefinition {
  /** Attempts after which it waits for a person. */
  attempts: number
  /** Pause after the first attempt that failed; doubles with each, up to `maxBackoffMs`; up to half of it is taken off at random. */
  backoffMs: number
  maxBackoffMs: number
  /** Does it, up to `finish`. What it throws is why the attempt failed. */
  run: (job: JobRun) => Promise<void>
  /** Joins the end of a job that is given up, also of one whose process died in its last attempt. */
  giveUp?: (subject: string, error: unknown, transaction: MoneyTransaction) => Promise<void>
  /** Joins the removal of a dead job by an admin; a refusal keeps it. */
  drop: (subject: string, transaction: MoneyTransaction) => Promise<void>
}

/** An attempt that ends because another has the job. */
export class JobLostError extends Error {
  override name = 'JobLostError'
}
/** An attempt that ends because another may have the job soon: the database does not say. */
export class SilenceError extends Error {
  override name = 'SilenceError'
}
/** An attempt that ends because its process does. */
export class DrainingError extends Error {
  override name = 'DrainingError'
}

/** Pause after the `attempt`th failure, in ms. */
export function pauseAfter (attempt: number, { backoffMs, maxBackoffMs }: JobDefinition): number {
  const pause = Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1))
  return Math.round(pause * (1 - Math.random() / 2))
}

export type Definitions = ReadonlyMap<JobKind, JobDefinition>
