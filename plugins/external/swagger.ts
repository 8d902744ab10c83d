import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { IsObject, IsOptional } from 'typebox'

/** What a route asks for, by its `config.access`. */
const SECURITY: Partial<Record<string, Record<string, string[]>[]>> = { public: [], optional: [{}, { bearer: [] }] }

/** What has a default need not be sent, although a validated request always has it. */
function withOptionalDefaults (schema: unknown): unknown {
  if (!IsObject(schema)) return schema
  const required = Object.entries(schema.properties)
    .filter(([, property]) => !IsOptional(property) && !('default' in property))
    .map(([name]) => name)
  return { ...schema, required }
}

/** OpenAPI 3.1 from the schemas of the routes. */
export default fp(async function openapi (fastify) {
  await fastify.register(swagger, {
    transform: ({ schema, url, route }) => ({
      schema: {
        ...schema,
        querystring: withOptionalDefaults(schema?.querystring),
        body: withOptionalDefaults(schema?.body),
        security: SECURITY[route.config?.access ?? 'public'] ?? [{ bearer: [] }]
      },
      url
    }),
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
