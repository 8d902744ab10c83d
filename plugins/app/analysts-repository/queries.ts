import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import type { AnalystDocument, AnalystSort } from '../../../schemas/analysts.ts'

export type StoredAnalyst = WithId<AnalystDocument>
/** An analyst of whom only some fields were read. */
export type ProjectedAnalyst = WithId<Partial<AnalystDocument> & Pick<AnalystDocument, 'user_id'>>

interface AnalystListQuery {
  active?: boolean
  sort: AnalystSort
  limit: number
  cursor?: string
  fields?: readonly string[]
}

type Tools = Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored' | 'safeFind'>

/** Reads of analysts. */
export function createAnalystQueries ({ documents, keyset, monitored, safeFind }: Tools) {
  const analysts = documents.collection<AnalystDocument>('analysts')
  const project = (fields?: readonly string[], keys: readonly string[] = []) =>
    documents.project(fields, ['user_id', ...keys])
  const orders = {
    rank: keyset('analysts:rank', { rank: 'number', created_at: 'date', _id: 'id' }),
    '-created_at': keyset('analysts:created_at', { created_at: 'date', _id: 'id' })
  }

  async function findById (id: string): Promise<StoredAnalyst | null> {
    const _id = documents.toId(id)
    return _id && await analysts.findOne({ _id })
  }

  async function findByIds (ids: readonly string[], fields?: readonly string[]): Promise<Map<string, ProjectedAnalyst>> {
    const found = await safeFind(analysts.find({ _id: { $in: documents.toIds(ids) } }, { projection: project(fields) }))
    return new Map(found.map((analyst) => [analyst._id.toHexString(), analyst]))
  }

  async function findByUserId (userId: number): Promise<StoredAnalyst | null> {
    return await analysts.findOne({ user_id: userId })
  }

  async function list ({ active, sort, limit, cursor, fields }: AnalystListQuery) {
    const order = orders[sort]
    const from = order.from(active === undefined ? {} : { is_active: active }, cursor)
    const projection = project(fields, order.fields)
    const found: ProjectedAnalyst[] = await analysts.find(from, { projection, sort: order.sort, limit: limit + 1 }).toArray()
    return order.page(found, limit)
  }

  /** The best active analysts, the newest of equals first. */
  async function top (limit: number): Promise<StoredAnalyst[]> {
    return await analysts.find({ is_active: true }, { sort: { rank: -1, created_at: -1 }, limit }).toArray()
  }

  return {
    findById: monitored('analysts.findById', findById),
    findByIds: monitored('analysts.findByIds', findByIds),
    findByUserId: monitored('analysts.findByUserId', findByUserId),
    list: monitored('analysts.list', list),
    top: monitored('analysts.top', top)
  }
}
