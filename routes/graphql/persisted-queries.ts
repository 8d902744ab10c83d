import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { GraphQLFormattedError } from 'graphql'
import type { RequestParams } from 'graphql-http'
import { LRUCache } from 'lru-cache'

/** Of the protocol of automatic persisted queries. */
const VERSION = 1
/** Most documents kept by a process, and most bytes of all of them and of one. */
const MAX_DOCUMENTS = 1000
const MAX_BYTES = 8_388_608
const MAX_DOCUMENT_BYTES = 102_400

interface PersistedQuery {
  version: unknown
  sha256Hash: string
}

export interface Refusal {
  errors: GraphQLFormattedError[]
}

/** A fault with the message and code that clients know from Apollo Server, upon which they send the document. */
function refuse (message: string, code: string): Refusal {
  return { errors: [{ message, extensions: { code } }] }
}

function isPersistedQuery (value: unknown): value is PersistedQuery {
  return typeof value === 'object' && value !== null && 'version' in value && 'sha256Hash' in value && typeof value.sha256Hash === 'string'
}

/** Whether a request has, or may have, the hash of a document in place of its text. */
export function isPersisted (extensions: RequestParams['extensions']): boolean {
  return extensions?.persistedQuery !== undefined && extensions.persistedQuery !== null
}

/** SHA-256 that a request gives of its document. */
export function hashOf (extensions: RequestParams['extensions']): string | undefined {
  const persisted = extensions?.persistedQuery
  return isPersistedQuery(persisted) ? persisted.sha256Hash : undefined
}

/**
 * Automatic persisted queries by the protocol of Apollo
 * (https://www.apollographql.com/docs/apollo-server/performance/apq). Each process keeps its own documents in bounded
 * memory: what it does not know, or no more, is asked of the client again. With a list of allowed documents, by their
 * hashes, nothing else runs, whether its text or its hash is sent, and nothing is kept.
 */
export function createPersistedQueries ({ httpErrors }: Pick<FastifyInstance, 'httpErrors'>, allowed?: ReadonlyMap<string, string>) {
  const allowedTexts = allowed && new Set(allowed.values())
  const notAllowed = refuse('PersistedQueryNotAllowed', 'PERSISTED_QUERY_NOT_ALLOWED')
  const documents = new LRUCache<string, string>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_BYTES,
    maxEntrySize: MAX_DOCUMENT_BYTES,
    sizeCalculation: (query) => Buffer.byteLength(query)
  })

  function resolveHash (params: RequestParams, sha256Hash: string): RequestParams | Refusal {
    if (params.query === '') {
      const query = (allowed ?? documents).get(sha256Hash)
      if (query !== undefined) return { ...params, query }
      return allowed ? notAllowed : refuse('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND')
    }
    if (hash('sha256', params.query) !== sha256Hash) throw httpErrors.badRequest('provided sha does not match query')
    return params
  }

  function resolveDocument (params: RequestParams): RequestParams | Refusal {
    if (!isPersisted(params.extensions)) return params
    const persisted = params.extensions?.persistedQuery
    if (!isPersistedQuery(persisted)) throw httpErrors.badRequest('Invalid extensions.persistedQuery')
    if (persisted.version !== VERSION) return refuse('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED')
    return resolveHash(params, persisted.sha256Hash)
  }

  /**
   * The request with its document, or what the client is told without it. An error 400 if the hash is not that of the
   * document.
   */
  function resolve (params: RequestParams): RequestParams | Refusal {
    const resolved = resolveDocument(params)
    return 'errors' in resolved || allowedTexts === undefined || allowedTexts.has(resolved.query) ? resolved : notAllowed
  }

  /** Keeps the document of a resolved request that was answered with data: one that cannot run displaces none that can. */
  function keep ({ query, extensions }: RequestParams): void {
    const sha256Hash = hashOf(extensions)
    if (!allowed && sha256Hash !== undefined && !documents.has(sha256Hash)) documents.set(sha256Hash, query)
  }

  return { keep, resolve }
}
