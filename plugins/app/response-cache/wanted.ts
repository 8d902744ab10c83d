import type { FastifyRequest } from 'fastify'

/** What a route declares to have its answers kept. */
export interface RouteCache {
  /** For how long an answer is fresh, in seconds. */
  ttl: number
  /** For how much longer it is sent while one request makes it anew, in seconds. */
  stale?: number
  /** What the answers depend on, besides their URL. */
  tags: readonly string[] | ((request: FastifyRequest) => readonly string[])
  /** `public`: the same for everybody; `user`: each caller has its own, and so have anonymous ones together. */
  scope: 'public' | 'user'
  /** For how long clients and proxies may use an answer without asking again, in seconds; by default they always ask. */
  maxAge?: number
}

/** An answer that is looked for. */
export interface Wanted {
  /** Everything that the answer depends on; the URL alone for what all strangers see. */
  key: string
  tags: readonly string[]
  ttlMs: number
  staleMs: number
  vary: string
  cacheControl: string
}

const MS_PER_S = 1000

/**
 * Everything about the caller that decides what is shown. A caller's rights end with the subscription, so answers are not
 * kept across that moment.
 */
function scopeOf ({ caller }: FastifyRequest): { key: string, tags: readonly string[], endsAt: number } {
  if (caller === null) return { key: '', tags: [], endsAt: Infinity }
  const { user_id: id, tier, analyst_id: analyst, subscription_expires: end } = caller
  const endsAt = end !== null && end > Date.now() ? end : Infinity
  return { key: `user ${id} ${tier} ${analyst} ${endsAt === Infinity ? 'none' : end} `, tags: [`user:${id}`], endsAt }
}

/** `Cache-Control` of an answer: what was asked for with credentials is for that caller alone. */
export function cacheControlOf ({ headers, server }: FastifyRequest, maxAge: number): string {
  const visibility = server.credentials.areIn(headers) ? 'private' : 'public'
  return maxAge === 0 ? `${visibility}, no-cache` : `${visibility}, max-age=${maxAge}`
}

function personal (request: FastifyRequest, wanted: Wanted): Wanted {
  const caller = scopeOf(request)
  const left = caller.endsAt - Date.now()
  return {
    ...wanted,
    key: caller.key + wanted.key,
    tags: [...wanted.tags, ...caller.tags],
    ttlMs: Math.min(wanted.ttlMs, left),
    staleMs: Math.max(0, Math.min(wanted.staleMs, left - wanted.ttlMs)),
    vary: `Accept-Encoding, ${request.server.credentials.vary}`
  }
}

/** What a request to a route with `cache` looks for. */
export function wantedOf (request: FastifyRequest, { ttl, stale = 0, tags, scope, maxAge = 0 }: RouteCache): Wanted {
  const wanted = {
    key: request.url,
    tags: typeof tags === 'function' ? tags(request) : tags,
    ttlMs: ttl * MS_PER_S,
    staleMs: stale * MS_PER_S,
    vary: 'Accept-Encoding',
    cacheControl: cacheControlOf(request, maxAge)
  }
  return scope === 'public' ? wanted : personal(request, wanted)
}
