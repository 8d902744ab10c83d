import type { FastifyInstance } from 'fastify'
import type { Document, Filter, ObjectId, WithId } from 'mongodb'
import type { SignalDocument, SignalStatus } from '../../../schemas/signals.ts'

export type StoredSignal = WithId<SignalDocument<ObjectId>>
/** What decides who sees a signal, and its entity tag, is read whatever the fields. */
const RULE_FIELDS = ['analyst_id', 'status', 'version', 'created_at'] as const
/** A signal of which only some fields were read. */
export type ProjectedSignal = WithId<Partial<SignalDocument<ObjectId>> & Pick<SignalDocument<ObjectId>, typeof RULE_FIELDS[number]>>

interface PageOptions {
  limit: number
  status?: SignalStatus
  fields?: readonly string[]
}

interface SignalListQuery extends PageOptions {
  analyst_id?: string
  symbol?: string
  /** Created at this time or later. */
  from?: Date
  /** Created before this time. */
  to?: Date
  cursor?: string
}

/** Filter of a list; an analyst whose identifier cannot exist has no signals. */
function toFilter ({ symbol, status, from, to }: SignalListQuery, analyst: { analyst_id?: ObjectId }): Filter<SignalDocument<ObjectId>> {
  return {
    ...analyst,
    ...(symbol !== undefined && { symbol }),
    ...(status && { status }),
    ...((from ?? to) && { created_at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } })
  }
}

type Tools = Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored' | 'safeFind'>

/** Reads of signals. */
export function createSignalQueries ({ documents, keyset, monitored, safeFind }: Tools) {
  const signals = documents.collection<SignalDocument<ObjectId>>('trade_signals')
  const newestFirst = keyset('signals', { created_at: 'date', _id: 'id' })
  const project = (fields?: readonly string[]) => documents.project(fields, RULE_FIELDS)

  function findById (id: string): Promise<StoredSignal | null>
  function findById (id: string, fields: readonly string[] | undefined): Promise<ProjectedSignal | null>
  async function findById (id: string, fields?: readonly string[]): Promise<StoredSignal | null> {
    const _id = documents.toId(id)
    return _id && await signals.findOne({ _id }, { projection: project(fields) })
  }

  async function findByIds (ids: readonly string[], fields?: readonly string[]): Promise<Map<string, ProjectedSignal>> {
    const found = await safeFind(signals.find({ _id: { $in: documents.toIds(ids) } }, { projection: project(fields) }))
    return new Map(found.map((signal) => [signal._id.toHexString(), signal]))
  }

  /** Newest first. */
  async function list (query: SignalListQuery) {
    const { analyst_id: analystId, limit, cursor, fields } = query
    const [id] = documents.toIds(analystId === undefined ? [] : [analystId])
    const from = newestFirst.from(toFilter(query, id ? { analyst_id: id } : {}), cursor)
    if (analystId !== undefined && !id) return newestFirst.page<ProjectedSignal>([], limit)

    const options = { projection: project(fields), sort: newestFirst.sort, limit: limit + 1 }
    return newestFirst.page<ProjectedSignal>(await signals.find(from, options).toArray(), limit)
  }

  /** The first page of each analyst's signals, in one command. */
  async function pagesForAnalysts (analystIds: readonly string[], { limit, status, fields }: PageOptions) {
    const projection = project(fields)
    const pageOf = (id: ObjectId): Document[] => [
      { $match: newestFirst.from({ analyst_id: id, ...(status && { status }) }) },
      { $sort: newestFirst.sort },
      { $limit: limit + 1 },
      ...(projection ? [{ $project: projection }] : [])
    ]
    const pipelines = documents.toIds(analystIds).map(pageOf)
    const found = pipelines.length === 0
      ? []
      : await signals.aggregate<StoredSignal>(documents.unite('trade_signals', pipelines)).toArray()
    return newestFirst.pages<ProjectedSignal, string>(found, { keys: analystIds, keyOf: (signal) => signal.analyst_id.toHexString(), limit })
  }

  /** All signals, oldest first, for exports. `after`: only those behind this one; null if there is none. */
  async function walk (after?: string) {
    const [_id] = documents.toIds(after === undefined ? [] : [after])
    return await documents.walk(signals, undefined, _id && { _id })
  }

  return {
    findById: monitored('signals.findById', findById),
    findByIds: monitored('signals.findByIds', findByIds),
    list: monitored('signals.list', list),
    walk: monitored('signals.walk', walk),
    pagesForAnalysts: monitored('signals.pagesForAnalysts', pagesForAnalysts)
  }
}
