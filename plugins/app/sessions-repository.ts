import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ObjectId, WithId } from 'mongodb'
import type { SessionDocument } from '../../schemas/users.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessionsRepository: ReturnType<typeof createSessionsRepository>
  }
}

/** Life of a refresh token; the TTL index removes its session some time later. */
const SESSION_TTL_MS = 86_400_000

/** For how long the last used token may come again: a client that lost the answer asks again within this time. */
const REPEAT_MS = 10_000

type StoredSession = WithId<SessionDocument>
type Presented = Pick<SessionDocument, 'family_hash' | 'token_hash'>
type Next = Pick<SessionDocument, 'token_hash' | 'salt'>

/** What became of a refresh token: exchanged, exchanged a moment ago, used long before (which ends the session), or of no session. */
export type Rotation = { outcome: 'rotated' | 'repeated' | 'reused', session: StoredSession } | { outcome: 'unknown' }

type Tools = Pick<FastifyInstance, 'documents' | 'monitored'>

function createSessionsRepository ({ documents, monitored }: Tools) {
  const sessions = documents.collection<SessionDocument>('sessions')

  const alive = () => ({ createdAt: { $gt: new Date(Date.now() - SESSION_TTL_MS) } })

  async function create (session: Presented & Pick<SessionDocument, 'user_id'>): Promise<string> {
    const { insertedId } = await sessions.insertOne({ ...session, previous_hash: null, salt: '', createdAt: new Date() })
    return insertedId.toHexString()
  }

  /** Ends a session for good. DocumentDB overlooks one that is just being renewed if it deletes by `deleteOne`. */
  const end = (_id: ObjectId): Promise<unknown> => sessions.deleteMany({ _id })

  const isRepeated = ({ previous_hash: previous, createdAt }: StoredSession, { token_hash: hash }: Presented): boolean =>
    previous === hash && createdAt.getTime() > Date.now() - REPEAT_MS

  /** A token that names a session and is neither its current one nor, for a moment, the one before ends it. */
  async function repeatOrEnd (presented: Presented): Promise<Rotation> {
    const session = await sessions.findOne({ family_hash: presented.family_hash, ...alive() })
    if (session === null) return { outcome: 'unknown' }
    if (isRepeated(session, presented)) return { outcome: 'repeated', session }
    await end(session._id)
    return { outcome: 'reused', session }
  }

  /** Puts the `next` token in the place of the presented one, for another 24 hours. */
  async function rotate ({ family_hash: family, token_hash: hash }: Presented, next: Next): Promise<Rotation> {
    const session = await sessions.findOneAndUpdate(
      { family_hash: family, token_hash: hash, ...alive() },
      { $set: { ...next, previous_hash: hash, createdAt: new Date() } },
      { returnDocument: 'after' }
    )
    return session === null ? await repeatOrEnd({ family_hash: family, token_hash: hash }) : { outcome: 'rotated', session }
  }

  /** Whether a user's session goes on. */
  async function isAlive (id: string, userId: number): Promise<boolean> {
    const session = { _id: { $in: documents.toIds([id]) }, user_id: userId, ...alive() }
    return await sessions.findOne(session, { projection: { _id: 1 } }) !== null
  }

  async function remove (id: string): Promise<void> {
    const _id = documents.toId(id)
    if (_id) await end(_id)
  }

  /** Ends all sessions of a user but one. */
  async function removeOthers (userId: number, id: string): Promise<void> {
    await sessions.deleteMany({ user_id: userId, _id: { $nin: documents.toIds([id]) } })
  }

  return {
    create: monitored('sessions.create', create),
    rotate: monitored('sessions.rotate', rotate),
    isAlive: monitored('sessions.isAlive', isAlive),
    remove: monitored('sessions.remove', remove),
    removeOthers: monitored('sessions.removeOthers', removeOthers)
  }
}

/** Queries of `sessions`, the logins. */
export default fp(async function sessionsRepository (fastify) {
  fastify.decorate('sessionsRepository', createSessionsRepository(fastify))
}, { name: 'sessions-repository', dependencies: ['documents', 'performance-monitor'] })
