import type { FastifyInstance } from 'fastify'
import type { Payment } from '../../../schemas/payouts.ts'
import type { StoredWithdrawal, WithdrawalRepository } from './repository.ts'
import { OPEN, type Settle } from './settling.ts'

type JobDefinition = Parameters<FastifyInstance['jobs']['define']>[1]
type JobRun = Parameters<JobDefinition['run']>[0]

interface Needs extends Pick<FastifyInstance, 'httpErrors' | 'payouts'> {
  repository: WithdrawalRepository
  settle: Settle
}

/** Of the design note. */
const ATTEMPTS = 10
const BACKOFF_MS = 5000
/** Above the last pause, of 21 minutes; all together take up to 43. */
const MAX_BACKOFF_MS = 1_800_000

const paymentOf = ({ _id, amount, network, wallet_address: address }: StoredWithdrawal): Payment =>
  ({ id: _id.toHexString(), amount, network, address })

/** Has withdrawals paid by the provider. Whatever dies in between: a provider that may have been asked is asked what became of it. */
export function createPaying ({ httpErrors, payouts, repository, settle }: Needs): JobDefinition {
  /** Notes that the provider is asked from now on, before it is; `wasAsked`: it may have been before. */
  const begin = ({ subject, transact }: JobRun) => transact(async ({ session }) => {
    const stored = await repository.find(subject, session)
    if (stored === null) throw new Error('There is no such withdrawal')
    if (stored.asked_at !== null) return { stored, wasAsked: true }
    await repository.change(stored._id, ['queued'], { status: 'processing', asked_at: new Date() }, session)
    return { stored, wasAsked: false }
  })

  async function ask ({ stored, wasAsked }: Awaited<ReturnType<typeof begin>>, signal: AbortSignal) {
    const payment = paymentOf(stored)
    if (!wasAsked) return await payouts.pay(payment, signal)
    const known = await payouts.lookUp(payment, signal)
    // never seen, so that it can be paid; should the first request arrive after all, its key is the same
    return known.outcome === 'absent' ? await payouts.pay(payment, signal) : known
  }

  /** Tells the user what is known of a payment that has no end yet. */
  async function note ({ transact }: JobRun, { _id, status }: StoredWithdrawal, known: Awaited<ReturnType<typeof ask>>): Promise<void> {
    if (known.outcome === 'unknown') {
      await transact(({ session }) => repository.change(_id, OPEN, { status: 'unknown', reason: known.reason }, session))
    } else if (known.outcome === 'pending' && status === 'unknown') {
      await transact(({ session }) => repository.change(_id, OPEN, { status: 'processing', reason: null }, session))
    }
  }

  return {
    attempts: ATTEMPTS,
    backoffMs: BACKOFF_MS,
    maxBackoffMs: MAX_BACKOFF_MS,

    async run (job) {
      const begun = await begin(job)
      const known = await ask(begun, job.signal)
      if (known.outcome === 'paid' || known.outcome === 'refused') {
        await job.finish((transaction) => settle(transaction, begun.stored, known))
        return
      }
      await note(job, begun.stored, known)
      throw new Error(known.outcome === 'pending' ? 'The provider works on it' : `The provider: ${known.outcome}, ${known.reason}`)
    },

    async drop (subject, { session }) {
      const withdrawal = await repository.find(subject, session)
      if (withdrawal === null || !OPEN.includes(withdrawal.status)) return
      throw httpErrors.createError(409, 'The withdrawal has no end yet: resolve it', { code: 'WITHDRAWAL_OPEN' })
    }
  }
}
