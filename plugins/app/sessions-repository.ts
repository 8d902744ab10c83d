import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { WithId } from 'mongodb'
import type { SessionDocument } from '../../schemas/users.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessionsRepository: ReturnType<typeof createSessionsRepository>
  }
}

/** Life of a refresh token; the TTL index removes its session some time later. */
const SESSION_TTL_MS = 86_400_000

type Tools = Pick<FastifyInstance, 'documents' | 'monitored'>

function createSessionsRepository ({ documents, monitored }: Tools) {
  const sessions = documents.collection<SessionDocument>('sessions')

  async function create (session: Omit<SessionDocument, 'createdAt'>): Promise<string> {
    const { insertedId } = await sessions.insertOne({ ...session, createdAt: new Date() })
    return insertedId.toHexString()
  }

  /** Puts `newHash` in place of `oldHash` for another 24 hours; null if that was used, has expired or never was. */
  async function rotate (oldHash: string, newHash: string): Promise<WithId<SessionDocument> | null> {
    const now = Date.now()
    return await sessions.findOneAndUpdate(
      { token_hash: oldHash, createdAt: { $gt: new Date(now - SESSION_TTL_MS) } },
      { $set: { token_hash: newHash, createdAt: new Date(now) } },
      { returnDocument: 'after' }
    )
  }

  async function remove (id: string): Promise<void> {
    const _id = documents.toId(id)
    if (_id) await sessions.deleteOne({ _id })
  }

  /** Ends all sessions of a user but one. */
  async function removeOthers (userId: number, id: string): Promise<void> {
    await sessions.deleteMany({ user_id: userId, _id: { $nin: documents.toIds([id]) } })
  }

  return {
    create: monitored('sessions.create', create),
    rotate: monitored('sessions.rotate', rotate),
    remove: monitored('sessions.remove', remove),
    removeOthers: monitored('sessions.removeOthers', removeOthers)
  }
}

/** Queries of `sessions`, the logins. */
export default fp(async function sessionsRepository (fastify) {
  fastify.decorate('sessionsRepository', createSessionsRepository(fastify))
}, { name: 'sessions-repository', dependencies: ['documents', 'performance-monitor'] })
