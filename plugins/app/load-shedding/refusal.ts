import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** Clients come back at different times, within so many seconds. */
const RETRY_WITHIN_S = 3

function retryAfter (): string {
  return String(1 + Math.floor(Math.random() * RETRY_WITHIN_S))
}

/** The error of a request that there is no room for. */
export function overload ({ httpErrors }: Pick<FastifyInstance, 'httpErrors'>): Error {
  return httpErrors.createError(503, 'The server has more to do than it can', { code: 'OVERLOADED', headers: { 'retry-after': retryAfter() } })
}

/** Refuses a request below the framework: the same text for everybody, sent with its headers in one write. */
export function createRefusal (fastify: Pick<FastifyInstance, 'config' | 'httpErrors' | 'problemOf' | 'securityHeaders'>) {
  const { config, problemOf, securityHeaders } = fastify
  const body = JSON.stringify(problemOf(overload(fastify)))
  const common = [...Object.entries(securityHeaders).flat(), 'content-type', 'application/problem+json; charset=utf-8', 'content-length', String(Buffer.byteLength(body))]
  const origins = new Set(config.CORS_ORIGINS.split(','))

  /** A page must be able to read when to come back. */
  function crossOrigin (origin: string | undefined): string[] {
    if (config.CORS_ORIGINS === '') return []
    const allowed = origin !== undefined && origins.has(origin) ? ['access-control-allow-origin', origin, 'access-control-expose-headers', 'Retry-After'] : []
    return ['vary', 'Origin', ...allowed]
  }

  return function refuse ({ headers }: IncomingMessage, response: ServerResponse): void {
    response.writeHead(503, [...common, 'retry-after', retryAfter(), ...crossOrigin(headers.origin)]).end(body, 'latin1')
  }
}
