import { OperationTypeNode, getOperationAST, type DocumentNode, type GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { createCacheMeter } from './cache-meter.ts'
import type { CachePolicy } from './cache-sum.ts'
import { MAX_CACHED_DOCUMENTS } from './limits.ts'
import { createParsedDocuments } from './parsed-documents.ts'

/** Most bytes of texts of which the policy is remembered. */
const MAX_TEXT_BYTES = 4_194_304

/** Of what is no query or cannot be understood. */
const NOT_CACHEABLE: CachePolicy = { maxAgeS: 0, scope: 'PRIVATE', tags: [] }

/** Says how long, and to whom, the answers of operations may be given again, by the `@cacheControl` hints of their fields. */
export function createCachePolicy (schema: GraphQLSchema, documentOf = createParsedDocuments()) {
  const measure = createCacheMeter(schema)
  const known = new LRUCache<string, CachePolicy>({
    max: MAX_CACHED_DOCUMENTS,
    maxSize: MAX_TEXT_BYTES,
    // two bytes for each UTF-16 unit
    sizeCalculation: (_policy, text) => 2 * text.length
  })

  /** The policy of an operation of a document. The document need not be valid: what is unknown is not cacheable. */
  function policyOf (document: DocumentNode, operationName?: string | null): CachePolicy {
    const operation = getOperationAST(document, operationName || undefined)
    return operation?.operation === OperationTypeNode.QUERY ? measure(document, operation) : NOT_CACHEABLE
  }

  function learn (key: string, query: string, operationName: string | null | undefined): CachePolicy {
    try {
      const policy = policyOf(documentOf(query), operationName)
      known.set(key, policy)
      return policy
    } catch {
      // not remembered, so that what cannot be parsed displaces nothing
      return NOT_CACHEABLE
    }
  }

  /** The same by the document's text, remembered. */
  function policyOfText (query: string, operationName?: string | null): CachePolicy {
    const key = `${query}\n#${operationName ?? ''}`
    return known.get(key) ?? learn(key, query, operationName)
  }

  return { policyOf, policyOfText }
}
