import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import config from '../../../plugins/external/config.ts'
import jwt from '../../../plugins/external/jwt/index.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildBare, testEnv } from '../../helper.ts'

const JWT_SECRET = 's'.repeat(32)

async function build (t: Test, env: Environment = {}) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, JWT_SECRET, ...env } })
  await fastify.register(jwt)
  await fastify.ready()
  return fastify
}

/** A token signed with our secret, whatever it claims. */
function forge (header: object, claims: object, hash = 'sha256'): string {
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return [...parts, createHmac(hash, JWT_SECRET).update(parts.join('.')).digest('base64url')].join('.')
}

t.test('a token that it signed is accepted', async (t) => {
  const { jwt } = await build(t)
  const claims = jwt.verify(jwt.sign({ sub: '7' }))

  t.match(claims, { sub: '7', iss: 'sahm', aud: 'sahm' })
})

t.test('foreign algorithms, issuers and audiences and tokens without an end are refused', async (t) => {
  const { jwt } = await build(t)
  const exp = Math.floor(Date.now() / 1000) + 60
  const good = { sub: '7', iss: 'sahm', aud: 'sahm', exp }
  const HS256 = { alg: 'HS256', typ: 'JWT' }
  t.match(jwt.verify(forge(HS256, good)), { sub: '7' }, 'the forged token differs from a good one by one thing only')

  const refused = {
    'no signature': `${forge({ alg: 'none' }, good).split('.').slice(0, 2).join('.')}.`,
    'another algorithm': forge({ alg: 'HS512', typ: 'JWT' }, good, 'sha512'),
    'another issuer': forge(HS256, { ...good, iss: 'else' }),
    'another audience': forge(HS256, { ...good, aud: 'else' }),
    'no expiry': forge(HS256, { ...good, exp: undefined }),
    'no issuer': forge(HS256, { ...good, iss: undefined }),
    'no audience': forge(HS256, { ...good, aud: undefined }),
    'no subject': forge(HS256, { ...good, sub: undefined }),
    expired: forge(HS256, { ...good, exp: exp - 120 })
  }
  for (const [fault, token] of Object.entries(refused)) t.throws(() => { jwt.verify(token) }, fault)
})

t.test('issuer and audience are configured', async (t) => {
  const { jwt } = await build(t, { JWT_ISSUER: 'https://sahm.example', JWT_AUDIENCE: 'api' })
  const { jwt: other } = await build(t)

  t.match(jwt.verify(jwt.sign({ sub: '7' })), { iss: 'https://sahm.example', aud: 'api' })
  t.throws(() => { jwt.verify(other.sign({ sub: '7' })) }, 'the same secret elsewhere')
})

t.test('tokens of pages are no access tokens, nor these they', async (t) => {
  const { jwt, pageTokens } = await build(t)
  const token = pageTokens.sign({ sub: '7' }, 60)
  const { iat, exp, ...claims } = pageTokens.verify(token) as { iat: number, exp: number }

  t.equal(exp - iat, 60)
  t.strictSame(claims, { sub: '7', iss: 'sahm', aud: 'sahm/ops/queues' })
  t.throws(() => { jwt.verify(token) })
  t.throws(() => { pageTokens.verify(jwt.sign({ sub: '7' })) })
})
