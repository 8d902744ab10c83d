import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Binary } from 'mongodb'
import type { SharedTier } from './shared-tier.ts'

/** A document of `cache_entries`, removed by the index on `createdAt` an hour after it. */
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

  /** Present versions by tag; what has none gets one. */
  async function versionsOf (tags: readonly string[], found: ReadonlyMap<string, CacheDocument>): Promise<Record<string, string>> {
    const versions = tags.map(async (tag) => {
      const known = found.get(tagId(tag))?.version
      if (known !== undefined) return [tag, known]
      const created = { version: randomUUID(), createdAt: new Date() }
      const document = await entries.findOneAndUpdate({ _id: tagId(tag) }, { $setOnInsert: created }, { upsert: true, returnDocument: 'after' })
      return [tag, document?.version ?? created.version]
    })
    return Object.fromEntries(await Promise.all(versions)) as Record<string, string>
  }

  return {
    async read (key, tags) {
      const ids = [`entry:${key}`, ...tags.map(tagId)]
      const found = await entries.find({ _id: { $in: ids } }, { limit: ids.length }).toArray()
      const byId = new Map(found.map((document) => [document._id, document]))
      return { stored: byId.get(`entry:${key}`)?.stored?.value() ?? null, versions: await versionsOf(tags, byId) }
    },

    async write (key, stored, lifeMs) {
      const now = Date.now()
      await entries.updateOne(
        { _id: `entry:${key}` },
        { $set: { stored: new Binary(stored), createdAt: new Date(now), expiresAt: new Date(now + lifeMs) } },
        { upsert: true }
      )
    },

    async invalidate (tags) {
      await Promise.all(tags.map((tag) =>
        entries.updateOne({ _id: tagId(tag) }, { $set: { version: randomUUID(), createdAt: new Date() } }, { upsert: true })))
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
