import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Binary } from 'mongodb'
import type { SharedTier } from './shared-tier.ts'

/** Of the index on `createdAt`, which removes a document so long after it. */
const DOCUMENT_LIFE_MS = 3_600_000
const NEVER_INVALIDATED = ''

/** A document of `cache_entries`: an entry, a lock, or the version of a tag that was invalidated. */
interface CacheDocument {
  _id: string
  createdAt: Date
  stored?: Binary
  expiresAt?: Date
  version?: string
  owner?: string
}

type Tools = Pick<FastifyInstance, 'documents'>

/** The shared tier where there is no Redis: the collection `cache_entries`, for what is dearer to compute than to fetch. */
export function createDatabaseTier ({ documents }: Tools): SharedTier {
  const entries = documents.collection<CacheDocument>('cache_entries')
  const tagId = (tag: string): string => `tag:${tag}`

  /** Sets fields of a document, which two may want to insert at once: then the second one updates it. */
  async function put (id: string, fields: Omit<CacheDocument, '_id'>): Promise<void> {
    const write = () => entries.updateOne({ _id: id }, { $set: fields }, { upsert: true })
    try {
      await write()
    } catch (error) {
      if (!documents.isDuplicate(error)) throw error
      await write()
    }
  }

  return {
    async read (key, tags) {
      const ids = [`entry:${key}`, ...tags.map(tagId)]
      const found = await entries.find({ _id: { $in: ids } }, { limit: ids.length }).toArray()
      const byId = new Map(found.map((document) => [document._id, document]))
      // an entry that is older than an invalidation is gone before the document that tells of it
      const versions = Object.fromEntries(tags.map((tag) => [tag, byId.get(tagId(tag))?.version ?? NEVER_INVALIDATED]))
      return { stored: byId.get(`entry:${key}`)?.stored?.value() ?? null, versions }
    },

    async write (key, stored, lifeMs) {
      if (lifeMs > DOCUMENT_LIFE_MS) throw new RangeError(`Nothing is kept in the database for ${lifeMs} ms`)
      const now = Date.now()
      await put(`entry:${key}`, { stored: new Binary(stored), createdAt: new Date(now), expiresAt: new Date(now + lifeMs) })
    },

    async invalidate (tags) {
      await Promise.all(tags.map((tag) => put(tagId(tag), { version: randomUUID(), createdAt: new Date() })))
    },

    async claim (name, owner, lifeMs) {
      const now = new Date()
      try {
        await entries.updateOne(
          { _id: `lock:${name}`, $or: [{ expiresAt: { $lt: now } }, { owner }] },
          { $set: { owner, createdAt: now, expiresAt: new Date(now.getTime() + lifeMs) } },
          { upsert: true }
        )
        return true
      } catch (error) {
        // somebody else's lock is there, so it cannot be inserted
        if (documents.isDuplicate(error)) return false
        throw error
      }
    },

    async release (name, owner) {
      await entries.deleteOne({ _id: `lock:${name}`, owner })
    }
  }
}
