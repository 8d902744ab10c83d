import t from 'tap'
import config from '../../../plugins/external/config.ts'
import helmet from '../../../plugins/external/helmet.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildApp, buildBare, testEnv } from '../../helper.ts'

async function headersOf (t: Parameters<typeof buildBare>[0], env: Environment) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(helmet)
  fastify.get('/', async () => 'text')
  return (await fastify.inject('/')).headers
}

const expected = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

t.test('an answer may not be guessed at, framed or run', async (t) => {
  const headers = await headersOf(t, {})

  t.match(headers, expected)
  t.equal(headers['strict-transport-security'], undefined, 'no host of a developer is bound to TLS')
})

t.test('in production browsers keep to TLS', async (t) => {
  const headers = await headersOf(t, { NODE_ENV: 'production', MONGODB_URI: 'mongodb://127.0.0.1:1', JWT_SECRET: 'x'.repeat(32) })

  t.equal(headers['strict-transport-security'], 'max-age=63072000; includeSubDomains')
})

t.test('every answer of the application has these headers, kept ones, errors and malformed URLs included', async (t) => {
  const fastify = await buildApp(t)
  const origin = await fastify.listen({ port: 0 })

  for (const path of ['/v1/analysts', '/v1/analysts', '/v1/analysts', '/v1/users/me', '/nowhere', '/%zz', '/healthz', '/graphql']) {
    t.match(Object.fromEntries((await fetch(origin + path)).headers), expected, path)
  }
  const policy = (await fetch(`${origin}/docs/`)).headers.get('content-security-policy')
  t.match(policy, /frame-ancestors 'none'/, 'the page has a policy of its own')
  t.notMatch(policy, /https?:|\*/, 'and loads nothing from elsewhere')
})
