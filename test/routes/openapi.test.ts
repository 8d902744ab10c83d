import t from 'tap'
import { buildApp } from '../helper.ts'

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
  t.strictSame(paths['/v1/signals']?.get?.security, [{}, { bearer: [] }])
  t.strictSame(paths['/v1/users/me']?.get?.security, [{ bearer: [] }])
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
  const routes = [...printed.matchAll(/(\/v1\/[\w/:]*)/g)].map(([, url = '']) => url)

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
})
