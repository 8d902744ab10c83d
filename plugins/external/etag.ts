import etag from '@fastify/etag'
import fp from 'fastify-plugin'

/**
 * Optimization 9: a validator on every answer without one of its own. Weak, since an answer has the same one however it
 * is encoded; `conditional-requests` answers 304.
 */
export default fp(async function entityTags (fastify) {
  if (fastify.optimizationIsOn('etag')) await fastify.register(etag, { weak: true, replyWith304: false })
}, { name: 'etag', dependencies: ['config'] })
