import { GraphQLError, parse, type DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { MAX_CACHED_DOCUMENTS, MAX_DOCUMENT_BYTES, MAX_TOKENS } from './limits.ts'
import { refusal } from './refusal.ts'

/** Most bytes of the texts of kept documents. */
const MAX_TEXT_BYTES = 4_194_304
/** How graphql-js says that there are too many; it has no mark of its own. */
const TOKENS_FAULT = /more that \d+ tokens/

function parseWithin (text: string): DocumentNode {
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
    throw refusal('DOCUMENT_TOO_LARGE', `The document is longer than ${MAX_DOCUMENT_BYTES} bytes`)
  }
  try {
    return parse(text, { maxTokens: MAX_TOKENS, noLocation: true })
  } catch (error) {
    if (error instanceof GraphQLError && TOKENS_FAULT.test(error.message)) {
      throw refusal('TOO_MANY_TOKENS', `The document has more than ${MAX_TOKENS} tokens`)
    }
    throw error
  }
}

/**
 * Documents by their texts, parsed once: the guards, the policy of caches and the price of an operation share them, so
 * that what one has learned of a document it knows again. A `GraphQLError` if the text is too long or no document; it is
 * not remembered, so that what cannot run displaces nothing.
 */
export function createParsedDocuments (): (text: string) => DocumentNode {
  const known = new LRUCache<string, DocumentNode>({
    max: MAX_CACHED_DOCUMENTS,
    maxSize: MAX_TEXT_BYTES,
    // two bytes for each UTF-16 unit
    sizeCalculation: (_document, text) => 2 * text.length
  })

  return function documentOf (text) {
    const cached = known.get(text)
    if (cached) return cached
    const document = parseWithin(text)
    known.set(text, document)
    return document
  }
}
export type DocumentOf = ReturnType<typeof createParsedDocuments>
