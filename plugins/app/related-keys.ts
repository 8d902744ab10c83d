import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Document } from 'mongodb'

declare module 'fastify' {
  interface FastifyInstance {
    relatedKeys: ReturnType<typeof createRelatedKeys>
  }
}

type TagsOf<T> = (document: T) => readonly string[]

function createRelatedKeys ({ invalidate }: Pick<FastifyInstance['cache'], 'invalidate'>) {
  const declared = new Map<string, TagsOf<Document>>()

  return {
    /**
     * Declares, beside a repository, the tags of all that depends on a document of its collection. Returns what its writes
     * call with the document as it is afterwards, before they answer.
     */
    declare<T extends Document> (collection: string, tagsOf: TagsOf<T>): (document: T) => Promise<void> {
      declared.set(collection, tagsOf as TagsOf<Document>)
      return (document) => invalidate(tagsOf(document))
    },

    /** Collections on whose documents something depends. */
    collections: (): string[] => [...declared.keys()],

    /** Tags of what depends on a document, however it was written. */
    tagsOf: (collection: string, document: Document): readonly string[] => declared.get(collection)?.(document) ?? []
  }
}

/** What to invalidate when a document changes: declared once per collection, never found by patterns of keys. */
export default fp(async function relatedKeys (fastify) {
  fastify.decorate('relatedKeys', createRelatedKeys(fastify.cache))
}, { name: 'related-keys', dependencies: ['cache'] })
