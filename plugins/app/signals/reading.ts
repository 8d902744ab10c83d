import type { FastifyInstance } from 'fastify'
import type { Signal } from '../../../schemas/signals.ts'
import type { Caller } from '../../../schemas/users.ts'

type Needs = Pick<FastifyInstance, 'access' | 'httpErrors' | 'presenter' | 'tradeSignalsRepository'>
type Query = Parameters<FastifyInstance['tradeSignalsRepository']['list']>[0]

interface Listed {
  items: Partial<Signal>[]
  nextCursor: string | null
}

/** Trade signals as their readers see them. */
export function createReading ({ access, httpErrors, presenter, tradeSignalsRepository: repository }: Needs) {
  return {
    /** A page of signals as the caller sees them. */
    async list (caller: Caller | null, query: Query): Promise<Listed> {
      const { items, nextCursor } = await repository.list(query)
      const viewer = await access.signalViewer(caller, items)
      return { items: items.map((item) => presenter.signal(item, viewer, query.fields)), nextCursor }
    },

    /** A signal as the caller sees it, with its entity tag; 404. */
    async find (caller: Caller | null, id: string, fields?: readonly string[]) {
      const signal = await repository.findById(id, fields)
      if (signal === null) throw httpErrors.notFound('There is no such signal')
      const viewer = await access.signalViewer(caller, [signal])
      // RFC 9110 §8.8.1: what others are shown is another representation, so it has another tag
      const etag = viewer.sees(signal) ? `"${signal.version}"` : `"${signal.version}-hidden"`
      return { etag, signal: presenter.signal(signal, viewer, fields) }
    }
  }
}
