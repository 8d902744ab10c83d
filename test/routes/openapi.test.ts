import { Validator } from '@seriousme/openapi-schema-validator'
import addFormats from 'ajv-formats'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import app, { options } from '../../app.ts'
import { buildApp, testEnv } from '../helper.ts'

interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  responses: Record<string, { description: string, content?: Record<string, unknown> }>
  parameters?: { name: string, required: boolean }[]
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
}

t.test('every operation is described in full', async (t) => {
  const fastify = await buildApp(t)
  const response = await fastify.inject('/openapi.json')
  const { openapi, paths } = response.json<Document>()
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })))

  t.match(openapi, /^3\.1\./)
  t.ok(operations.length >= 20)
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length, 'operationIds are unique')
  for (const { name, operationId, summary, description, tags, security, responses } of operations) {
    t.match({ operationId, summary, description, tags, security }, { operationId: /^[a-z]\w+$/, summary: String, description: String, tags: [String], security: Array }, name)
    t.ok(Object.keys(responses).some((status) => /^2\d\d$/.test(status)), `${name} has an answer`)
    if (!name.includes('/v1/')) continue
    for (const status of ['4XX', '5XX']) t.ok(responses[status]?.content?.['application/problem+json'], `${name} has problems ${status}`)
    t.notOk(Object.values(responses).some((answer) => answer.description === 'Default Response'), `${name} says what it answers`)
  }
})

t.test('operations say who may use them', async (t) => {
  const fastify = await buildApp(t)
  const { paths } = (await fastify.inject('/openapi.json')).json<Document>()

  t.strictSame(paths['/v1/sessions']?.post?.security, [])
  t.strictSame(paths['/v1/signals']?.get?.security, [{}, { bearer: [] }, { apiKey: [] }])
  t.strictSame(paths['/v1/users/me']?.get?.security, [{ bearer: [] }, { apiKey: [] }])
  t.strictSame(paths['/v1/users/me']?.patch?.security, [{ bearer: [] }], 'not with a key')
})

t.test('parameters with a default may be left out', async (t) => {
  const fastify = await buildApp(t)
  const { paths } = (await fastify.inject('/openapi.json')).json<Document>()

  t.match(paths['/v1/analysts']?.get?.parameters, [{ name: 'limit', required: false }])
})

t.test('every route of the API is described', async (t) => {
  const fastify = await buildApp(t)
  const { paths } = (await fastify.inject('/openapi.json')).json<Document>()
  const printed = fastify.printRoutes({ commonPrefix: false })
  const routes = [...printed.matchAll(/(\/v1\/[\w/:.-]*)/g)].map(([, url = '']) => url)

  t.ok(routes.length > 0)
  for (const url of routes) t.ok(paths[url.replace(/:(\w+)/g, '{$1}')], url)
})

t.test('the page at /docs shows it, and loads nothing from elsewhere', async (t) => {
  const fastify = await buildApp(t)
  const page = await fastify.inject('/docs/')

  t.equal(page.statusCode, 200)
  t.match(page.headers['content-security-policy'], /^default-src 'self'/)
  t.match((await fastify.inject('/docs/json')).json(), { openapi: /^3\.1\./ })
  t.equal((await fastify.inject('/docs/static/swagger-ui.css')).statusCode, 200)
  const refused = await fastify.inject(`/docs/?${'a&'.repeat(60)}`)
  t.equal(refused.statusCode, 400)
  t.match(refused.headers['content-type'], /^application\/problem\+json/, 'its errors are those of all others')
})

t.test('the document is valid OpenAPI 3.1', async (t) => {
  const fastify = await buildApp(t)
  const result = await new Validator().validate((await fastify.inject('/openapi.json')).json<Record<string, unknown>>())

  t.strictSame(result, { valid: true })
})

t.test('refusals have their status, with the headers that tell what to do', async (t) => {
  const fastify = await buildApp(t)
  const { paths } = (await fastify.inject('/openapi.json')).json<Document>()
  const statusesOf = (path: string, method: string) => Object.keys(paths[path]?.[method]?.responses ?? {})

  t.strictSame(statusesOf('/v1/signals/{id}', 'patch'), ['200', '400', '401', '403', '404', '409', '412', '413', '415', '422', '428', '429', '503', '4XX', '5XX'])
  t.strictSame(statusesOf('/v1/sessions', 'post'), ['201', '400', '401', '413', '415', '429', '503', '4XX', '5XX'])
  for (const [path, methods] of Object.entries(paths).filter(([path]) => path.startsWith('/v1/'))) {
    for (const [method, { responses, security = [] }] of Object.entries(methods)) {
      t.match(responses, { 400: Object, 429: { headers: { 'Retry-After': Object, RateLimit: Object, 'RateLimit-Policy': Object } }, 503: { headers: { 'Retry-After': Object } } }, `${method} ${path}`)
      if (security.length > 0) t.match(responses, { 401: { headers: { 'WWW-Authenticate': Object } } }, `${method} ${path}`)
      if (path.includes('{')) t.ok(responses[404], `${method} ${path}`)
    }
  }
})

t.test('every parameter, body and answer has an example that its schema allows', async (t) => {
  const fastify = await buildApp(t)
  const document: unknown = (await fastify.inject('/openapi.json')).json()
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  let examples = 0

  function check (part: unknown, at: string): void {
    if (typeof part !== 'object' || part === null) return
    if ('schema' in part && !at.includes('/headers/')) {
      const { schema, example, examples: named = {} } = part as { schema: object, example?: unknown, examples?: Record<string, { value: unknown }> }
      const values = example === undefined ? Object.values(named).map(({ value }) => value) : [example]
      t.ok(values.length > 0, at)
      for (const value of values) t.ok(ajv.validate(schema, value), `${at}: ${ajv.errorsText()}`)
      examples += values.length
    }
    for (const [name, inner] of Object.entries(part)) check(inner, `${at}/${name}`)
  }
  check(document, '')
  t.ok(examples > 100)
})

t.test('nothing is served that is not described, but for what is no operation', async (t) => {
  const fastify = Fastify({ ...options, pluginTimeout: 120_000 })
  t.teardown(() => fastify.close())
  const routes: { url: string, methods: string[] }[] = []
  fastify.addHook('onRoute', ({ url, method }) => { routes.push({ url, methods: [method].flat().filter((name) => name !== 'HEAD') }) })
  await fastify.register(fp(app), { env: { ...testEnv, NODE_ENV: 'development' } })
  const { paths } = (await fastify.inject('/openapi.json')).json<Document>()
  /** GraphQL describes itself; the document and its page; GraphiQL, of development alone; the page for admins. */
  const excepted = /^\/(?:graphql|graphiql|openapi\.json|docs|ops)(?:\/|$)/
  const operations = routes.filter(({ url }) => !excepted.test(url))

  t.ok(operations.length > 20)
  for (const { url, methods } of operations) {
    for (const method of methods) t.ok(paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()], `${method} ${url}`)
  }
})
