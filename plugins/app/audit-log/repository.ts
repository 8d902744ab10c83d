import type { FastifyInstance } from 'fastify'
import type { ObjectId, WithId } from 'mongodb'
import type { AuditEntryDocument, AuditLogQuery } from '../../../schemas/audit-log.ts'

type Tools = Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored'>
type Listed = WithId<AuditEntryDocument>

/** Queries of `audit_log`. */
export function createAuditRepository ({ documents, keyset, monitored }: Tools) {
  const entries = documents.collection<AuditEntryDocument>('audit_log')
  const newestFirst = keyset('audit_log', { created_at: 'date', _id: 'id' })

  async function insert (entry: AuditEntryDocument): Promise<ObjectId> {
    const { insertedId } = await entries.insertOne({ ...entry })
    return insertedId
  }

  async function markRefused (id: ObjectId): Promise<void> {
    await entries.updateOne({ _id: id }, { $set: { outcome: 'refused' } })
  }

  /** Newest first. */
  async function list ({ actor_id: actorId, limit, cursor }: AuditLogQuery) {
    const from = newestFirst.from(actorId === undefined ? {} : { actor_id: actorId }, cursor)
    return newestFirst.page<Listed>(await entries.find(from, { sort: newestFirst.sort, limit: limit + 1 }).toArray(), limit)
  }

  return {
    insert: monitored('auditLog.insert', insert),
    markRefused: monitored('auditLog.markRefused', markRefused),
    list: monitored('auditLog.list', list)
  }
}
