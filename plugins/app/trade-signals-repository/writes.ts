import type { FastifyInstance } from 'fastify'
import { ObjectId } from 'mongodb'
import type { NewSignal, SignalChanges, SignalDocument } from '../../../schemas/signals.ts'
import type { StoredSignal } from './queries.ts'

export type SignalUpdate =
  | { outcome: 'updated', signal: StoredSignal }
  | { outcome: 'stale' }
  | { outcome: 'closed' }
  | { outcome: 'missing' }

type Tools = Pick<FastifyInstance, 'documents' | 'monitored' | 'relatedKeys'>

/** What shows a signal: itself, all lists, and those of its analyst. */
function tagsOf ({ _id, analyst_id: analyst }: Pick<StoredSignal, '_id' | 'analyst_id'>): string[] {
  return ['signals', `signal:${_id.toHexString()}`, `signals:${analyst.toHexString()}`]
}

/** Writes of signals: an active one changes by version, a closed one never. */
export function createSignalWrites ({ documents, monitored, relatedKeys }: Tools) {
  const signals = documents.collection<SignalDocument<ObjectId>>('trade_signals')
  const changed = relatedKeys.declare('trade_signals', { _id: true, analyst_id: true }, tagsOf)

  async function create ({ analyst_id: analystId, ...signal }: NewSignal & { analyst_id: string }): Promise<StoredSignal> {
    const owner = ObjectId.createFromHexString(analystId)
    const document: SignalDocument<ObjectId> = { analyst_id: owner, ...signal, status: 'active', version: 1, created_at: new Date(), closed_at: null }
    const { insertedId } = await signals.insertOne({ ...document })
    const created = { _id: insertedId, ...document }
    await changed(created)
    return created
  }

  async function explainRefusal (_id: ObjectId, version: number | null): Promise<SignalUpdate> {
    const current = await signals.findOne({ _id }, { projection: { status: 1, version: 1 } })
    if (!current) return { outcome: 'missing' }
    const isStale = current.status === 'active' || (version !== null && version !== current.version)
    return { outcome: isStale ? 'stale' : 'closed' }
  }

  /**
   * Changes an active signal if it still has `version` (null: whichever it has), in one atomic step.
   * Any status but `active` closes it.
   */
  async function update (id: string, version: number | null, changes: SignalChanges): Promise<SignalUpdate> {
    const _id = documents.toId(id)
    if (!_id) return { outcome: 'missing' }

    const closes = changes.status !== undefined && changes.status !== 'active'
    const signal = await signals.findOneAndUpdate(
      { _id, status: 'active', ...(version !== null && { version }) },
      { $set: { ...changes, ...(closes && { closed_at: new Date() }) }, $inc: { version: 1 } },
      { returnDocument: 'after' }
    )
    if (!signal) return await explainRefusal(_id, version)
    await changed(signal)
    return { outcome: 'updated', signal }
  }

  return {
    create: monitored('signals.create', create),
    update: monitored('signals.update', update)
  }
}
