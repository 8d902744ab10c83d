import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** The OpenAPI page at `/docs`; it loads nothing from elsewhere. */
export default fp(async function apiPage (fastify) {
  await fastify.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: {
      'default-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      // the page styles itself by attributes
      'style-src': ["'self'", "'unsafe-inline'"],
      'frame-ancestors': ["'none'"]
    }
  })
}, { name: 'swagger-ui', dependencies: ['swagger'] })
