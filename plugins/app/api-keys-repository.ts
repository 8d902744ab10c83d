import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { WithId } from 'mongodb'
import { MAX_KEYS_PER_USER, type ApiKeyDocument } from '../../schemas/api-keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    apiKeysRepository: ReturnType<typeof createApiKeysRepository>
  }
}

export type StoredApiKey = WithId<ApiKeyDocument>
const REMOVAL_TRIES = 5
type NewKey = Omit<ApiKeyDocument, 'slot' | 'created_at' | 'last_used_at'>

type Tools = Pick<FastifyInstance, 'documents' | 'monitored' | 'safeFind'>

function createApiKeysRepository ({ documents, monitored, safeFind }: Tools) {
  const keys = documents.collection<ApiKeyDocument>('api_keys')

  const listByUser = (userId: number): Promise<StoredApiKey[]> => safeFind(keys.find({ user_id: userId }))

  /** Stores a key in a free place of its user; null if there is none. */
  async function create (key: NewKey): Promise<StoredApiKey | null> {
    const present = await listByUser(key.user_id)
    const slot = documents.freePlace(MAX_KEYS_PER_USER, present.map((other) => other.slot))
    if (slot === undefined) return null
    const document = { ...key, slot, created_at: new Date(), last_used_at: null }
    try {
      const { insertedId } = await keys.insertOne({ ...document })
      return { _id: insertedId, ...document }
    } catch (error) {
      // another request has taken the place; there are only so many
      if (!documents.isDuplicate(error) && !documents.gaveWay(error)) throw error
      return await create(key)
    }
  }

  const findByHash = (hash: string): Promise<StoredApiKey | null> => keys.findOne({ key_hash: hash })

  /** Deletes a key of the user and returns it; null if there is no such key. */
  async function remove (userId: number, id: string): Promise<StoredApiKey | null> {
    const _id = documents.toId(id)
    if (_id === null) return null
    const own = { _id, user_id: userId }
    let removed: StoredApiKey | null
    let tries = REMOVAL_TRIES
    // DocumentDB overlooks a key whose last use is just being noted
    do removed = await keys.findOneAndDelete(own)
    while (removed === null && --tries > 0 && await keys.findOne(own) !== null)
    return removed
  }

  async function touch (hash: string, usedAt: Date): Promise<void> {
    await keys.updateOne({ key_hash: hash }, { $max: { last_used_at: usedAt } })
  }

  return {
    listByUser: monitored('apiKeys.listByUser', listByUser),
    create: monitored('apiKeys.create', create),
    findByHash: monitored('apiKeys.findByHash', findByHash),
    remove: monitored('apiKeys.remove', remove),
    touch: monitored('apiKeys.touch', touch)
  }
}

/** Queries of `api_keys`. */
export default fp(async function apiKeysRepository (fastify) {
  fastify.decorate('apiKeysRepository', createApiKeysRepository(fastify))
}, { name: 'api-keys-repository', dependencies: ['documents', 'performance-monitor', 'safe-find'] })
