import type { FastifyInstance } from 'fastify'
import type { PaymentEventDocument, PaymentEventStatus } from '../../../schemas/payment-events.ts'
import { createSettling, type MoneyTransaction } from './settling.ts'
import { statusOf, type KnownEvent, type Transition } from './transition.ts'

type Needs = Pick<FastifyInstance, 'documents' | 'log' | 'problemOf'>
type Session = MoneyTransaction['session']

/** A job as far as it is needed here: `finish` does all of its work or nothing, and the job is done with it. */
export interface EventJob {
  subject: string
  finish: <T>(work: (transaction: MoneyTransaction) => Promise<T>) => Promise<T>
}

const DONE: PaymentEventStatus[] = ['applied', 'ignored']

/** Does what events ask for. */
export function createApplying ({ documents, log, problemOf }: Needs) {
  const events = documents.collection<PaymentEventDocument>('payment_events')
  const settle = createSettling({ documents })

  /** Takes an event as applied, which it is in most cases, in one command; null if it is done already. */
  const take = (subject: string, session: Session): Promise<PaymentEventDocument | null> => events.findOneAndUpdate(
    { _id: subject, status: { $nin: DONE } },
    { $set: { status: 'applied', reason: null, settled_at: new Date() } },
    { session, returnDocument: 'before' }
  )

  /** Applies an event, once however often it is asked to; what cannot be done now is thrown, and may be tried again. */
  async function apply ({ subject, finish }: EventJob): Promise<void> {
    const failed = await finish(async (transaction) => {
      const { session } = transaction
      const event = await take(subject, session)
      if (event === null) return null
      const status = statusOf(event)
      const result: Transition = status === undefined ? { outcome: 'ignored', reason: 'UNKNOWN_TYPE' } : await settle(event as KnownEvent, status, transaction)
      if (result.outcome === 'applied') return null
      await events.updateOne({ _id: subject }, { $set: { status: result.outcome, reason: result.reason } }, { session })
      return result.outcome === 'failed' ? result.reason : null
    })
    if (failed !== null) log.warn({ event: subject, reason: failed }, 'payment event needs a person')
  }

  /** Gives an event up, since a person has looked after it: what it asks for is not done. */
  async function drop (subject: string, { session }: MoneyTransaction): Promise<void> {
    await events.updateOne({ _id: subject, status: { $nin: DONE } }, { $set: { status: 'ignored', reason: 'DROPPED', settled_at: new Date() } }, { session })
  }

  async function show (subject: string, status: 'received' | 'failed', error: unknown, session?: Session): Promise<void> {
    const { code: reason } = problemOf(error)
    await events.updateOne({ _id: subject, status: { $nin: DONE } }, { $set: { status, reason } }, { ...(session && { session }) })
  }

  return {
    apply,
    drop,
    /** Shows why an event is not applied yet. */
    note: (subject: string, error: unknown) => show(subject, 'received', error),
    /** Shows that it never is by itself, and why. */
    giveUp: (subject: string, error: unknown, { session }: MoneyTransaction) => show(subject, 'failed', error, session)
  }
}
