import swagger from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { IsObject, IsOptional } from 'typebox'
import { PROBLEMS, REFUSALS } from '../../schemas/common.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Statuses of refusals beyond those that follow from access, parameters and body; for OpenAPI. */
    problems?: readonly number[]
  }
}

/** What a route asks for, by its `config.access`. */
const TOKEN: Record<string, string[]>[] = [{ bearer: [] }]
const TOKEN_OR_KEY = [...TOKEN, { apiKey: [] }]
const SECURITY: Partial<Record<string, Record<string, string[]>[]>> = { public: [], optional: [{}, ...TOKEN_OR_KEY] }

type Json = Record<string, unknown>
const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** What has a default need not be sent, although a validated request always has it. */
function withOptionalDefaults (schema: unknown): unknown {
  if (!IsObject(schema)) return schema
  const required = Object.entries(schema.properties)
    .filter(([, property]) => !IsOptional(property) && !('default' in property))
    .map(([name]) => name)
  return { ...schema, required }
}

/** Refusals that follow from what a route declares. */
function statusesOf ({ config, schema }: Pick<RouteOptions, 'config' | 'schema'>): number[] {
  const { access, problems = [] } = { access: 'public', ...config }
  const takesIfMatch = IsObject(schema?.headers) && 'if-match' in schema.headers.properties
  return Object.entries({
    400: true,
    401: access !== 'public',
    // whoever has credentials may have too few rights for it, an API key above all
    403: access !== 'public',
    404: schema?.params !== undefined,
    412: takesIfMatch,
    413: schema?.body !== undefined,
    415: schema?.body !== undefined,
    428: takesIfMatch,
    429: true,
    503: true
  }).filter(([status, applies]) => applies || problems.includes(Number(status))).map(([status]) => Number(status)).concat(problems)
}

const text = (description: string) => ({ type: 'string', description })
const LIMITS = { RateLimit: text('What is left of the limit'), 'RateLimit-Policy': text('The limit') }
const OWN_HEADERS: Partial<Record<number, Json>> = {
  401: { 'WWW-Authenticate': text('How to sign in') },
  429: { 'Retry-After': { type: 'integer', description: 'Seconds' } },
  503: { 'Retry-After': { type: 'integer', description: 'Seconds' } }
}

function withRefusals (route: Pick<RouteOptions, 'config' | 'schema'>): unknown {
  const declared = route.schema?.response
  if (!isRecord(declared) || !('4xx' in declared)) return declared
  const refusals = statusesOf(route).map((status) => [status, { ...PROBLEMS['4xx'], description: REFUSALS[status], headers: { ...LIMITS, ...OWN_HEADERS[status] } }])
  const answers = Object.entries(declared).map(([status, answer]) => [status, isRecord(answer) && /^2/.test(status) ? { ...answer, headers: { ...answer.headers as Json, ...LIMITS } } : answer])
  return Object.fromEntries([...answers, ...refusals])
}

/** An example of what a schema describes: its own, or made of those of its parts. */
function exampleOf (schema: Json): unknown {
  const { anyOf, const: only, default: usual, enum: options, examples, items, properties, type } = schema
  if (Array.isArray(examples)) return examples[0]
  if (usual !== undefined) return usual
  if (Array.isArray(options)) return options[0]
  if (Array.isArray(anyOf)) return exampleOf(anyOf[0] as Json)
  if (type === 'array') return [exampleOf(items as Json)]
  if (isRecord(properties)) return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, exampleOf(property as Json)]))
  return only ?? ({ boolean: true, integer: schema.minimum ?? 1, number: 1 }[type as string] ?? 'text')
}

/** Gives every parameter, body and answer of the document an example. */
function addExamples (part: unknown): void {
  if (!isRecord(part)) return
  if (isRecord(part.schema) && !('example' in part) && !('examples' in part)) part.example = exampleOf(part.schema)
  for (const inner of Object.values(part)) addExamples(inner)
}

/** OpenAPI 3.1 from the schemas of the routes. */
export default fp(async function openapi (fastify) {
  await fastify.register(swagger, {
    transform: ({ schema, url, route }) => ({
      schema: {
        ...schema,
        querystring: withOptionalDefaults(schema?.querystring),
        body: withOptionalDefaults(schema?.body),
        response: withRefusals(route),
        security: SECURITY[route.config?.access ?? 'public'] ?? (route.config?.scope === 'full' ? TOKEN : TOKEN_OR_KEY)
      },
      url
    }),
    transformObject (document) {
      // the other kind is that of Swagger 2.0
      const { openapiObject } = document as Extract<typeof document, { openapiObject: unknown }>
      addExamples(openapiObject.paths)
      return openapiObject
    },
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sahm', version: '1.0.0', description: 'Trade signals, their analysts, subscribers and ledger. GraphQL at `/graphql` serves the same data; its schema describes it.' },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: '`access_token` of `POST /v1/sessions`' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' }
        }
      }
    }
  })
}, { name: 'swagger' })
