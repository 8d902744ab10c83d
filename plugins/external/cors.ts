import cors from '@fastify/cors'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

/** Longest time that a browser remembers an answer to a preflight, in seconds; Chromium's own limit. */
const PREFLIGHT_MAX_AGE_S = 7200

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE']
const allowedHeaders = ['Accept', 'Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'X-API-Key', 'X-No-Compression']
const exposedHeaders = ['Age', 'Allow', 'Cache-Status', 'ETag', 'Idempotent-Replayed', 'Link', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'WWW-Authenticate']

/** Routes set `vary` for themselves; with an allowlist every answer depends on the origin as well, also the one without. */
function varyByOrigin (reply: FastifyReply): void {
  // the hook of @fastify/cors has set one; routes replace it and never remove it
  const vary = String(reply.getHeader('vary'))
  if (!/\borigin\b/i.test(vary)) reply.header('vary', `${vary}, Origin`)
}

/**
 * Lets pages of the origins in `CORS_ORIGINS` read answers (https://fetch.spec.whatwg.org/#http-cors-protocol); without any
 * there is no CORS at all. Credentials are headers that a page sets itself, so cookies are never asked for.
 */
export default fp(async function crossOrigin (fastify) {
  if (fastify.config.CORS_ORIGINS === '') return
  const origins = new Set(fastify.config.CORS_ORIGINS.split(','))

  await fastify.register(cors, {
    origin: (origin, done) => { done(null, origin !== undefined && origins.has(origin)) },
    methods,
    allowedHeaders,
    exposedHeaders,
    credentials: false,
    maxAge: PREFLIGHT_MAX_AGE_S,
    // its answer to a malformed one would be plain text
    strictPreflight: false
  })
  fastify.addHook('onSend', function vary (_request, reply, payload, done) {
    varyByOrigin(reply)
    done(null, payload)
  })
}, { name: 'cors', dependencies: ['config'] })
