import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    etagMatches: typeof etagMatches
  }
}

/** An entity tag (RFC 9110 §8.8.3) without its weakness. */
const OPAQUE_TAG = /"[^"]*"/g

/** Whether `If-None-Match` names the entity tag: in a list too, by the weak comparison of RFC 9110 §13.1.2, or `*`. */
function etagMatches (header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag || header.trim() === '*') return true
  const opaque = etag.replace(/^W\//, '')
  return header.match(OPAQUE_TAG)?.includes(opaque) ?? false
}

/** Answers 304 without a body where the client has what it would be sent; only to GET and HEAD, only instead of 200. */
export default fp(async function conditionalRequests (fastify) {
  fastify.decorate('etagMatches', etagMatches)

  fastify.addHook('onSend', function sendNotModified ({ headers, method }, reply, payload, done) {
    const header = headers['if-none-match']
    const etag = reply.getHeader('etag')
    const isSafe = method === 'GET' || method === 'HEAD'
    if (header === undefined || !isSafe || reply.statusCode !== 200 || typeof etag !== 'string' || !etagMatches(header, etag)) {
      done(null, payload)
      return
    }
    reply.code(304).removeHeader('content-length').removeHeader('content-type')
    done(null, '')
  })
}, { name: 'conditional-requests' })
