import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { PAYMENT_EVENT_TYPES, type PaymentCallback, type PaymentData, type PaymentEventDocument } from '../../../schemas/payment-events.ts'

type Needs = Pick<FastifyInstance, 'documents' | 'httpErrors' | 'log' | 'money' | 'outbox'>
type Said = Pick<PaymentEventDocument, 'type' | 'payment_id' | 'user_id' | 'amount' | 'occurred_at'>

const MS_PER_S = 1000
/** micro-USDT above which an event goes before others, as withdrawals do. */
const LARGE = 1_000_000_000
const MEDIUM = 500_000_000

const timeOf = (created: string | number): Date => new Date(typeof created === 'number' ? created * MS_PER_S : created)

function scoreOf (amount: number): number {
  if (amount > LARGE) return 3
  return amount > MEDIUM ? 2 : 1
}

/** Keeps what providers say, until its job does something about it. */
export function createInbox ({ documents, httpErrors, log, money, outbox }: Needs) {
  const events = documents.collection<PaymentEventDocument>('payment_events')

  function read (provider: string, { type, created, data }: PaymentCallback): Said {
    const said = { type, occurred_at: timeOf(created) }
    if (!PAYMENT_EVENT_TYPES.some((known) => known === type)) return { ...said, payment_id: null, user_id: null, amount: null }
    // the schema has seen to it
    const { payment_id: id, user_id: userId, amount } = data as PaymentData
    return { ...said, payment_id: `${provider}.${id}`, user_id: userId, amount: money.parse(amount) }
  }

  function toDocument (provider: string, callback: PaymentCallback): PaymentEventDocument {
    const said = read(provider, callback)
    const digest = createHash('sha256').update(JSON.stringify([said, said.payment_id === null ? callback.data : null])).digest('base64url')
    return { _id: `${provider}.${callback.id}`, provider, ...said, digest, status: 'received', reason: null, created_at: new Date(), settled_at: null }
  }

  /** An event says one thing for good: which of two is true nobody can tell, so the second is for a person to look at. */
  async function requireSame ({ _id, digest }: PaymentEventDocument): Promise<void> {
    const known = await events.findOne({ _id }, { projection: { _id: 0, digest: 1 } })
    if (known?.digest === digest) return
    log.warn({ event: _id }, 'payment event with another content')
    throw httpErrors.createError(409, 'An event of this id with another content is there already', { code: 'EVENT_CONFLICT' })
  }

  /** Keeps an event together with its job, once however often it comes; returns its id. 409 `EVENT_CONFLICT`. */
  return async function receive (provider: string, callback: PaymentCallback): Promise<string> {
    const event = toDocument(provider, callback)
    // nobody's: each is paid for, so none waits for others of its user, whom it would take a command to count
    const job = { kind: 'payment-event', subject: event._id, owner: null, score: scoreOf(Number(event.amount)) } as const
    try {
      await documents.transact(async (session) => {
        await events.insertOne({ ...event }, { session })
        await outbox.add(job, session)
      })
      outbox.nudge()
    } catch (error) {
      if (!documents.isDuplicate(error)) throw error
      await requireSame(event)
    }
    return event._id
  }
}
