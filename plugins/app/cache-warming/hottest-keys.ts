import type { FastifyInstance } from 'fastify'

/** Removed by the index on `createdAt` an hour after it: what was hot then says nothing of now. */
interface HottestDocument {
  _id: string
  createdAt: Date
  keys: unknown
}

const LIMIT = 100
/** Longer ones are not worth their place in the document. */
const MAX_KEY_LENGTH = 1000

const isShortText = (key: unknown): key is string => typeof key === 'string' && key.length <= MAX_KEY_LENGTH

/** What a stored document says; it is input, whoever wrote it. */
function keysIn (document: HottestDocument | null): string[] {
  return Array.isArray(document?.keys) ? document.keys.filter(isShortText).slice(0, LIMIT) : []
}

/**
 * The keys that an instance was asked for most, kept from its stop to its next start. In the database, with Redis too:
 * the start that needs them most is the one after a loss of Redis.
 */
export function createHottestKeys ({ cache, documents }: Pick<FastifyInstance, 'cache' | 'documents'>, instance: string) {
  const entries = documents.collection<HottestDocument>('cache_entries')
  const _id = `hottest:${instance}`

  return {
    async store (): Promise<void> {
      const keys = cache.hottest(LIMIT).filter(isShortText)
      // an instance that nobody asked knows nothing better than what is stored
      if (keys.length > 0) await entries.updateOne({ _id }, { $set: { keys, createdAt: new Date() } }, { upsert: true })
    },

    /** Reads their values; returns how many. */
    warm: async (): Promise<number> => await cache.warm(keysIn(await entries.findOne({ _id })))
  }
}
