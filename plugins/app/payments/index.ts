import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createApplying, type EventJob } from './applying.ts'
import { createInbox } from './inbox.ts'

declare module 'fastify' {
  interface FastifyInstance {
    payments: ReturnType<typeof createPayments>
  }
}

/** Three days, with what chance takes off the pauses: a user who signs up late, or a refund that waits for its balance. */
const ATTEMPTS = 30
const BACKOFF_MS = 5000
const MAX_BACKOFF_MS = 21_600_000

function createPayments (fastify: FastifyInstance) {
  const { monitored } = fastify
  const { apply, drop, giveUp, note } = createApplying(fastify)

  /** One attempt to do what an event asks for; its failure is shown by the event, and thrown. */
  async function run (job: EventJob): Promise<void> {
    try {
      await apply(job)
    } catch (error) {
      await note(job.subject, error)
      throw error
    }
  }

  return { receive: monitored('payments.receive', createInbox(fastify)), run, giveUp, drop }
}

/**
 * Callbacks of payment providers (optimization 10): kept at once with their job, in one transaction, and applied by that
 * job, exactly once. It fails closed: what cannot be kept is not acknowledged, and the provider sends it again.
 */
export default fp(async function payments (fastify) {
  const service = createPayments(fastify)
  fastify.decorate('payments', service)
  fastify.jobs.define('payment-event', { attempts: ATTEMPTS, backoffMs: BACKOFF_MS, maxBackoffMs: MAX_BACKOFF_MS, run: service.run, giveUp: service.giveUp, drop: service.drop })
}, { name: 'payments', dependencies: ['documents', 'jobs', 'ledger', 'money', 'outbox', 'performance-monitor', 'problem-details', 'sensible'] })
