import sensible from '@fastify/sensible'
import fp from 'fastify-plugin'

/** `fastify.httpErrors`: errors with a status, for handlers and services. */
export default fp(async function sensibleErrors (fastify) {
  await fastify.register(sensible)
}, { name: 'sensible' })
