import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Document } from 'mongodb'

declare module 'fastify' {
  interface FastifyInstance {
    relatedKeys: ReturnType<typeof createRelatedKeys>
  }
}

type TagsOf<T> = (document: T) => readonly string[]
/** The fields that the tags are made of: all of them, as the compiler checks. */
type FieldsOf<T> = { readonly [field in keyof T]-?: true }

interface Declaration {
  fields: readonly string[]
  tagsOf: TagsOf<Document>
}

const NOTHING: Declaration = { fields: [], tagsOf: () => [] }

function createRelatedKeys ({ invalidate }: Pick<FastifyInstance['cache'], 'invalidate'>) {
  const declared = new Map<string, Declaration>()

  return {
    /**
     * Declares, beside a repository, the tags of all that depends on a document of its collection, and the fields that
     * they are made of. Returns what its writes call with the document as it is afterwards, before they answer.
     */
    declare<T extends Document>(collection: string, fields: FieldsOf<T>, tagsOf: TagsOf<T>): (document: T) => Promise<void> {
      declared.set(collection, { fields: Object.keys(fields), tagsOf: tagsOf as TagsOf<Document> })
      return (document) => invalidate(tagsOf(document))
    },

    /** Collections on whose documents something depends. */
    collections: (): string[] => [...declared.keys()],

    /** Tags of what depends on a document, however it was written; undefined if a field that they are made of is missing. */
    tagsOf (collection: string, document: Document): readonly string[] | undefined {
      const { fields, tagsOf } = declared.get(collection) ?? NOTHING
      return fields.every((field) => field in document) ? tagsOf(document) : undefined
    }
  }
}

/** What to invalidate when a document changes: declared once per collection, never found by patterns of keys. */
export default fp(async function relatedKeys (fastify) {
  fastify.decorate('relatedKeys', createRelatedKeys(fastify.cache))
}, { name: 'related-keys', dependencies: ['cache'] })
