import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** The OpenAPI page at `/docs`. */
export default fp(async function apiPage (fastify) {
  await fastify.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { url: '/openapi.json' } })
}, { name: 'swagger-ui', dependencies: ['swagger'] })
