import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Document } from 'mongodb'
import type { PaymentEventDocument, PaymentEventStatus } from '../../schemas/payment-events.ts'
import type { PaymentDocument } from '../../schemas/payments.ts'

declare module 'fastify' {
  interface FastifyInstance {
    paymentsRepository: ReturnType<typeof createPaymentsRepository>
  }
}

interface PageOptions {
  limit: number
  cursor?: string
}

function createPaymentsRepository ({ documents, keyset, monitored }: Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored'>) {
  const payments = documents.collection<PaymentDocument>('payments')
  const events = documents.collection<PaymentEventDocument>('payment_events')
  const newestFirst = keyset('payments', { created_at: 'date', _id: 'text' })
  const newestEvents = keyset('payment_events', { created_at: 'date', _id: 'text' })

  /** Newest first. */
  async function list ({ user_id: userId, limit, cursor }: PageOptions & { user_id?: number }) {
    const from = newestFirst.from(userId === undefined ? {} : { user_id: userId }, cursor)
    return newestFirst.page<PaymentDocument>(await payments.find(from, { sort: newestFirst.sort, limit: limit + 1 }).toArray(), limit)
  }

  /** The first page of each user's payments, in one command. */
  async function pagesForUsers (userIds: readonly number[], { limit }: Pick<PageOptions, 'limit'>) {
    const pageOf = (id: number): Document[] => [{ $match: newestFirst.from({ user_id: id }) }, { $sort: newestFirst.sort }, { $limit: limit + 1 }]
    const found = await payments.aggregate<PaymentDocument>(documents.unite('payments', userIds.map(pageOf))).toArray()
    return newestFirst.pages<PaymentDocument, number>(found, { keys: userIds, keyOf: (payment) => payment.user_id, limit })
  }

  /** Newest first. */
  async function listEvents ({ status, limit, cursor }: PageOptions & { status?: PaymentEventStatus }) {
    const from = newestEvents.from(status === undefined ? {} : { status }, cursor)
    return newestEvents.page<PaymentEventDocument>(await events.find(from, { sort: newestEvents.sort, limit: limit + 1 }).toArray(), limit)
  }

  return {
    list: monitored('payments.list', list),
    pagesForUsers: monitored('payments.pagesForUsers', pagesForUsers),
    listEvents: monitored('payments.listEvents', listEvents),
    findEvent: monitored('payments.findEvent', (id: string): Promise<PaymentEventDocument | null> => events.findOne({ _id: id }))
  }
}

/** Queries of `payments` and `payment_events`. */
export default fp(async function paymentsRepository (fastify) {
  fastify.decorate('paymentsRepository', createPaymentsRepository(fastify))
}, { name: 'payments-repository', dependencies: ['documents', 'keyset', 'performance-monitor'] })
