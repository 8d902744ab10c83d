import fp from 'fastify-plugin'

/** Longest URL, in bytes: a GraphQL document of 1000 tokens fits. */
const MAX_URL_BYTES = 8192
/** Most parameters of a query; no route knows more than a dozen. */
const MAX_PARAMETERS = 50
/** Largest body that a schema describes, in bytes; the longest that any allows is below 8 KB. Others have the server's limit. */
const MAX_DESCRIBED_BYTES = 16_384

function countParameters (url: string): number {
  const start = url.indexOf('?')
  if (start === -1) return 0
  let parameters = 1
  for (let at = url.indexOf('&', start); at !== -1; at = url.indexOf('&', at + 1)) parameters++
  return parameters
}

/** Refuses requests that are larger than any that makes sense, before anything looks at them; those of headers are the server's own. */
export default fp(async function requestLimits (fastify) {
  const { httpErrors } = fastify

  fastify.addHook('onRoute', function limitBody (route) {
    if (route.schema?.body !== undefined) route.bodyLimit ??= MAX_DESCRIBED_BYTES
  })
  fastify.addHook('onRequest', function limitUrl ({ url }, _reply, done) {
    if (url.length > MAX_URL_BYTES) done(httpErrors.createError(414, 'The URL is too long'))
    else if (countParameters(url) > MAX_PARAMETERS) done(httpErrors.badRequest('The query has too many parameters'))
    else done()
  })
}, { name: 'request-limits', dependencies: ['sensible'] })
