import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** The OpenAPI page at `/docs`; it loads nothing from elsewhere. */
export default fp(async function apiPage (fastify) {
  await fastify.register(async function page (scope) {
    // a scope keeps the handler that is there when it is made, and that of problem details comes later
    scope.setErrorHandler((error, request, reply) => { fastify.errorHandler(error, request, reply) })
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      // so do hooks of the routes that come later
      uiHooks: { onRequest (request, reply, next) { request.server.rateLimits.admit(request, reply, next) } },
      staticCSP: {
        'default-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        // the page styles itself by attributes
        'style-src': ["'self'", "'unsafe-inline'"],
        'frame-ancestors': ["'none'"]
      }
    })
  })
}, { name: 'swagger-ui', dependencies: ['swagger'] })
