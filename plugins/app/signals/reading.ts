import type { FastifyInstance } from 'fastify'
import type { Signal } from '../../../schemas/signals.ts'
import type { Caller } from '../../../schemas/users.ts'

type Needs = Pick<FastifyInstance, 'access' | 'httpErrors' | 'presenter' | 'tradeSignalsRepository'>
type StoredQuery = Parameters<FastifyInstance['tradeSignalsRepository']['list']>[0]

/** Times as RFC 3339 texts are taken too. */
interface Query extends Omit<StoredQuery, 'from' | 'to'> {
  from?: string | Date
  to?: string | Date
}

interface Listed {
  items: Partial<Signal>[]
  nextCursor: string | null
}

/** Trade signals as their readers see them. */
export function createReading ({ access, httpErrors, presenter, tradeSignalsRepository: repository }: Needs) {
  /** The time of a text, if there is one; 400 for one that no calendar has, such as a leap second. */
  function toTime (name: 'from' | 'to', text: string | Date | undefined): { from?: Date, to?: Date } {
    if (text === undefined) return {}
    const time = new Date(text)
    if (Number.isNaN(time.getTime())) throw httpErrors.badRequest(`There is no such time as that of '${name}'`)
    return { [name]: time }
  }

  return {
    /** A page of signals as the caller sees them. */
    async list (caller: Caller | null, { from, to, ...query }: Query): Promise<Listed> {
      const { items, nextCursor } = await repository.list({ ...query, ...toTime('from', from), ...toTime('to', to) })
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
