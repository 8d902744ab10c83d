import type { FastifyInstance } from 'fastify'
import type { Document } from 'mongodb'

/** What a change stream tells of a write, as far as it counts here. */
export interface Change {
  operationType: string
  /** No collection where the whole database was dropped. */
  ns?: { db?: string, coll?: string }
  /** None where a collection was dropped or renamed. */
  documentKey?: Document
  /** Missing for a delete, and for what was deleted since. */
  fullDocument?: Document | null
  /** Only where the collection keeps pre-images. */
  fullDocumentBeforeChange?: Document | null
}

const isDocument = (image: Document | null | undefined): image is Document => image !== null && image !== undefined

/**
 * Tags of what depends on the written document, as it was and as it is. Undefined if they cannot be told: for what is no
 * write of a document, for a document of another shape, and for a delete of which only the key is known.
 */
export function tagsOfChange ({ ns, documentKey, fullDocument, fullDocumentBeforeChange }: Change, { tagsOf }: Pick<FastifyInstance['relatedKeys'], 'tagsOf'>): string[] | undefined {
  const collection = ns?.coll
  if (collection === undefined || documentKey === undefined) return undefined
  const images = [fullDocumentBeforeChange, fullDocument].filter(isDocument)
  try {
    const tags = (images.length > 0 ? images : [documentKey]).flatMap((image) => tagsOf(collection, image))
    return tags.every((tag) => tag !== undefined) ? [...new Set(tags)] : undefined
  } catch {
    return undefined
  }
}
