import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'

/** OpenAPI 3.1 from the schemas of the routes. */
export default fp(async function openapi (fastify) {
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sahm', version: '1.0.0', description: 'Trade signals, their analysts, subscribers and ledger.' },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }
      }
    }
  })
}, { name: 'swagger' })
