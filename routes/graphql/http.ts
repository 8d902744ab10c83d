import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseRequestParams, type RequestParams } from 'graphql-http'
import Negotiator from 'negotiator'
import { isPersisted } from './persisted-queries.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8'
/** Media types of answers; the first one serves clients that accept anything. */
const MEDIA_TYPES = [JSON_TYPE, GRAPHQL_TYPE]

/** Accept headers of which the answer is remembered: working it out costs more than the rest of the endpoint. */
const MAX_KNOWN_ACCEPTS = 100
const known = new Map<string, string | undefined>()

/** The media type that the client likes best, or undefined if it accepts none of ours. */
function negotiate ({ headers: { accept = '*/*' } }: FastifyRequest): string | undefined {
  if (!known.has(accept)) {
    if (known.size >= MAX_KNOWN_ACCEPTS) known.clear()
    known.set(accept, new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES))
  }
  return known.get(accept)
}

/** Media type of an error, also for clients that accept none of ours. */
export function negotiateError (request: FastifyRequest): string {
  return negotiate(request) ?? JSON_TYPE
}

export interface Result {
  data?: unknown
  errors?: readonly unknown[] | undefined
}

/**
 * Status of a result by its media type (GraphQL over HTTP). `application/json` answers 200 to every well-formed
 * request, for clients that take any other status for one of a proxy; 294 is a partial success, September 2026 edition.
 */
function statusOf ({ data, errors }: Result, mediaType: string): number {
  if (mediaType === JSON_TYPE || errors === undefined) return 200
  return data === undefined ? 400 : 294
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** What the request says, for graphql-http, which demands a document: an empty one stands for what only a hash names. */
function partsOf ({ method, query, url }: FastifyRequest, body: unknown) {
  if (method === 'POST') return { method, url, body: isRecord(body) ? { ...body, query: body.query ?? '' } : null }
  const isComplete = isRecord(query) && query.query !== undefined
  return { method: 'GET', url: isComplete ? url : `${url}${url.includes('?') ? '&' : '?'}query=`, body: null }
}

/** Says of an answer to a mutation that it is the one that was given before, as REST does. */
function mark (reply: FastifyReply): FastifyReply {
  return reply.request.isReplay ? reply.header('idempotent-replayed', 'true') : reply
}

/** The endpoint by the GraphQL-over-HTTP specification: what it takes and how it answers. */
export function createHttp ({ httpErrors }: Pick<FastifyInstance, 'httpErrors'>) {
  return {
    /** The media type of the answer; 406 if there is none that the client accepts. */
    accept (request: FastifyRequest): string {
      const mediaType = negotiate(request)
      if (mediaType === undefined) throw httpErrors.notAcceptable(`Only ${MEDIA_TYPES.join(' and ')} can be sent`)
      return mediaType
    },

    /** Parameters of a well-formed request, the document empty where a hash stands for it; an error 4xx for every other. */
    async read (request: FastifyRequest, body: unknown = request.body): Promise<RequestParams> {
      const { headers, raw } = request
      const params = await parseRequestParams({ ...partsOf(request, body), headers, raw, context: null })
        .catch((error: Error) => { throw httpErrors.badRequest(error.message) })
      if (!('query' in params)) throw httpErrors.unsupportedMediaType('The body must be JSON in UTF-8')
      if (params.query === '' && !isPersisted(params.extensions)) throw httpErrors.badRequest('Missing query')
      return params
    },

    send (reply: FastifyReply, mediaType: string, result: Result): FastifyReply {
      return mark(reply).code(statusOf(result, mediaType)).type(mediaType).send(JSON.stringify(result))
    },

    /** The answers to a batch: 200, since each says for itself how far it came. No cache keeps what was sent for many. */
    sendAll (reply: FastifyReply, mediaType: string, results: readonly Result[]): FastifyReply {
      return mark(reply).header('cache-control', 'no-store').type(mediaType).send(JSON.stringify(results))
    }
  }
}
