import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** The OpenAPI page at `/docs`; it loads nothing from elsewhere. */
export default fp(async function apiPage (fastify) {
  await fastify.register(swaggerUi, {
    routePrefix: '/docs',
    // these routes are made before the plugins that could add themselves
    uiHooks: { onRequest (request, reply, next) { request.server.rateLimits.admit(request, reply, next) } },
    staticCSP: {
      'default-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      // the page styles itself by attributes
      'style-src': ["'self'", "'unsafe-inline'"],
      'frame-ancestors': ["'none'"]
    }
  })
}, { name: 'swagger-ui', dependencies: ['swagger'] })
