import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import access from '../../../plugins/app/access/index.ts'
import apiKeys from '../../../plugins/app/api-keys/index.ts'
import authentication from '../../../plugins/app/authentication/index.ts'
import type { Environment } from '../../../schemas/config.ts'
import { makeKey, writeKeys } from '../../keys.ts'
import { addAnalyst, addPerson } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

const CLAIMS = { sub: '7', tier: 'free', analyst_id: null, subscription_expires: null, sid: 'a'.repeat(24) }
const LEVELS = ['public', 'optional', 'user', 'analyst', 'admin'] as const

/** A server with a route of each level, `/user` for `user` and so on, that tells its caller. */
async function build (test: Test, env: Environment = {}): Promise<FastifyInstance> {
  const fastify = await buildRepositories(test, env)
  await fastify.register(access)
  await fastify.register(apiKeys)
  await fastify.register(authentication)
  for (const level of LEVELS) fastify.get(`/${level}`, { config: { access: level } }, async (request) => ({ caller: request.caller }))
  fastify.get('/none', async (request) => ({ caller: request.caller }))
  return fastify
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with any header and claims, signed by `sign`. */
function forge (header: object, claims: object, sign: (text: string) => string): string {
  const text = `${encode({ typ: 'JWT', ...header })}.${encode(claims)}`
  return `${text}.${sign(text)}`
}

t.test('a valid token tells the caller; anonymous requests have none', async (t) => {
  const fastify = await build(t)
  const expires = Date.now() + 1000
  const authorization = `Bearer ${fastify.jwt.sign({ ...CLAIMS, subscription_expires: expires })}`
  const caller = { user_id: 7, tier: 'free', analyst_id: null, subscription_expires: expires, session_id: CLAIMS.sid }

  t.strictSame((await fastify.inject({ url: '/user', headers: { authorization } })).json(), { caller })
  t.strictSame((await fastify.inject({ url: '/optional', headers: { authorization } })).json(), { caller })
  t.strictSame((await fastify.inject('/optional')).json(), { caller: null })
  for (const url of ['/public', '/none']) {
    t.strictSame((await fastify.inject({ url, headers: { authorization: 'Bearer nonsense' } })).json(), { caller: null }, `${url} never looks`)
  }
})

t.test('where keys verify tokens, one of a listed key tells the caller and one of another key or of the secret is a 401', async (t) => {
  const key = makeKey('a')
  const fastify = await build(t, await writeKeys(t.testdir(), key))
  const now = Math.floor(Date.now() / 1000)
  const claims = { ...CLAIMS, iss: 'sahm', aud: 'sahm', iat: now, exp: now + 60 }
  const byKey = (text: string) => sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  const ask = (token: string) => fastify.inject({ url: '/user', headers: { authorization: `Bearer ${token}` } })

  for (const token of [fastify.jwt.sign(CLAIMS), forge({ alg: 'ES256', kid: 'a' }, claims, byKey)]) t.match((await ask(token)).json(), { caller: { user_id: 7 } })
  for (const token of [forge({ alg: 'ES256', kid: 'b' }, claims, byKey), forge({ alg: 'HS256' }, claims, (text) => createHmac('sha256', '').update(text).digest('base64url'))]) {
    const response = await ask(token)
    t.equal(response.statusCode, 401)
    t.equal(response.headers['www-authenticate'], 'Bearer error="invalid_token"')
  }
})

t.test('without a token the answer is 401, and says how to sign in', async (t) => {
  const fastify = await build(t)

  for (const url of ['/user', '/analyst', '/admin']) {
    const response = await fastify.inject(url)
    t.match(response.json(), { status: 401, code: 'UNAUTHENTICATED' })
    t.equal(response.headers['www-authenticate'], 'Bearer')
  }
})

t.test('a bad token is a 401 wherever tokens are looked at, also where none is asked for', async (t) => {
  const fastify = await build(t)
  const now = Math.floor(Date.now() / 1000)
  const registered = { iss: 'sahm', aud: 'sahm', iat: now, exp: now + 60 }
  const full = { ...CLAIMS, ...registered }
  const secret = fastify.config.JWT_SECRET
  const hmac = (hash: string, key: string) => (text: string) => createHmac(hash, key).update(text).digest('base64url')
  const ours = (claims: object) => forge({ alg: 'HS256' }, claims, hmac('sha256', secret))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { exp, ...endless } = full
  const { sub, ...nameless } = full

  t.equal((await fastify.inject({ url: '/user', headers: { authorization: `Bearer ${ours(full)}` } })).statusCode, 200, 'the forger works')
  const bad: Record<string, string> = {
    nonsense: 'Bearer nonsense',
    'another scheme': 'Basic dXNlcjpwYXNz',
    'two tokens': `Bearer ${ours(full)} ${ours(full)}`,
    'no token': 'Bearer ',
    'no algorithm': `Bearer ${forge({ alg: 'none' }, full, () => '')}`,
    HS512: `Bearer ${forge({ alg: 'HS512' }, full, hmac('sha512', secret))}`,
    RS256: `Bearer ${forge({ alg: 'RS256' }, full, (text) => sign('sha256', Buffer.from(text), privateKey).toString('base64url'))}`,
    'another secret': `Bearer ${forge({ alg: 'HS256' }, full, hmac('sha256', 'x'.repeat(64)))}`,
    'a changed claim': `Bearer ${ours(full).replace(encode(full), encode({ ...full, tier: 'admin' }))}`,
    expired: `Bearer ${ours({ ...full, iat: now - 100, exp: now - 1 })}`,
    'no expiry': `Bearer ${ours(endless)}`,
    'no subject': `Bearer ${ours(nameless)}`,
    'another issuer': `Bearer ${ours({ ...full, iss: 'other' })}`,
    'another audience': `Bearer ${ours({ ...full, aud: 'other' })}`,
    'a tier that there is not': `Bearer ${ours({ ...full, tier: 'root' })}`,
    'a subject that is no user': `Bearer ${ours({ ...full, sub: '-1' })}`,
    'no session': `Bearer ${ours({ ...full, sid: undefined })}`,
    'an operator for a claim': `Bearer ${ours({ ...full, analyst_id: { $ne: null } })}`
  }
  for (const [name, authorization] of Object.entries(bad)) {
    for (const url of ['/user', '/optional', '/admin']) {
      const response = await fastify.inject({ url, headers: { authorization } })
      t.match({ status: response.statusCode, ...response.json() }, { status: 401, code: 'UNAUTHENTICATED' }, `${name} at ${url}`)
    }
  }
  const response = await fastify.inject({ url: '/user', headers: { authorization: 'Bearer nonsense' } })
  t.equal(response.headers['www-authenticate'], 'Bearer error="invalid_token"')
})

t.test('admin and analyst routes are forbidden to others', async (t) => {
  const fastify = await build(t)
  await fastify.ready()
  const user = await addPerson(fastify, 'user')
  const admin = await addPerson(fastify, 'admin', { tier: 'admin' })
  const analyst = await addAnalyst(fastify, 'analyst')
  const retired = await addAnalyst(fastify, 'retired', { is_active: false })
  const statusOf = async (url: string, { headers }: { headers: { authorization: string } }) => (await fastify.inject({ url, headers })).statusCode

  t.equal(await statusOf('/admin', admin), 200)
  t.equal(await statusOf('/admin', user), 403)
  t.equal(await statusOf('/admin', analyst), 403)
  t.equal(await statusOf('/analyst', analyst), 200)
  t.equal(await statusOf('/analyst', retired), 403, 'the database says now who is active')
  t.equal(await statusOf('/analyst', user), 403)
  t.equal(await statusOf('/analyst', admin), 403, 'who publishes nothing is no analyst')
})

t.test('answers with credentials are private, and those that depend on them say so', async (t) => {
  const fastify = await build(t)
  const authorization = `Bearer ${fastify.jwt.sign(CLAIMS)}`
  const headersOf = async (url: string, headers = {}) => (await fastify.inject({ url, headers })).headers

  t.equal((await headersOf('/user', { authorization }))['cache-control'], 'private, no-cache')
  t.equal((await headersOf('/user'))['cache-control'], 'private, no-cache', 'refusals too')
  t.equal((await headersOf('/optional', { authorization }))['cache-control'], 'private, no-cache')
  t.equal((await headersOf('/optional', { authorization })).vary, 'Authorization, X-API-Key')
  t.match(await headersOf('/optional'), { vary: 'Authorization, X-API-Key', 'cache-control': undefined })
  t.match(await headersOf('/public', { authorization }), { vary: undefined, 'cache-control': undefined })
})

t.test('a route of the API that does not say who may use it does not start', async (t) => {
  const fastify = await build(t)

  t.throws(() => fastify.get('/v1/things', async () => 'x'), /GET \/v1\/things does not declare config.access/)
  t.throws(() => fastify.post('/graphql', async () => 'x'), /POST \/graphql does not declare/)
  t.doesNotThrow(() => fastify.get('/v1x', async () => 'x'))
})

t.test("the token is verified before a route's own hooks run", async (t) => {
  const fastify = await build(t)
  fastify.get('/hooked', {
    config: { access: 'user' },
    onRequest: async (request, reply) => { reply.header('x-caller', String(request.caller?.user_id)) }
  }, async () => 'ok')

  t.equal((await fastify.inject({ url: '/hooked', headers: { authorization: `Bearer ${fastify.jwt.sign(CLAIMS)}` } })).headers['x-caller'], '7')
})

t.test('a cookie signs in routes that only read and are for admins; a server with another one does not start', async (t) => {
  const fastify = await build(t)
  const handler = async () => null
  const config = { access: 'admin', signedInBy: 'cookie' } as const
  fastify.get('/board', { config }, handler)

  t.throws(() => { fastify.post('/board', { config }, handler) }, /POST \/board may not be signed in by a cookie/)
  t.throws(() => { fastify.route({ method: ['GET', 'DELETE'], url: '/both', config, handler }) }, /may not be signed in by a cookie/)
  t.throws(() => { fastify.get('/user-board', { config: { ...config, access: 'user' } }, handler) }, /may not be signed in by a cookie/)
  t.match((await fastify.inject({ url: '/board', headers: { authorization: `Bearer ${fastify.jwt.sign({ ...CLAIMS, tier: 'admin' })}` } })).json(), { status: 401 })
  t.match((await fastify.inject({ url: '/board', headers: { cookie: `sahm-queues=${fastify.pageTokens.sign(CLAIMS, 60)}` } })).json(), { status: 403 })
})
