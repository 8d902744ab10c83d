import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import pageSessions from '../../../plugins/app/page-sessions.ts'
import jwt from '../../../plugins/external/jwt/index.ts'
import { buildBare } from '../../helper.ts'
import { addPerson } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

const CALLER = { user_id: 7, tier: 'admin' as const, analyst_id: null, subscription_expires: null, session_id: 'a'.repeat(24) }
const LIFE_MS = 600_000

/** The plugin alone, and what it sets for a caller whose access token ends after `lifeMs`. */
async function cookieOf (t: Test, environment: string, lifeMs = LIFE_MS): Promise<string> {
  const fastify = buildBare(t)
  const config = { NODE_ENV: environment, JWT_SECRET: 's'.repeat(32), JWT_ISSUER: 'sahm', JWT_AUDIENCE: 'sahm', JWT_JWKS: '', JWT_SIGNING_KEY: '', ACCESS_TOKEN_TTL_S: 900 }
  for (const [name, plugin] of Object.entries({ config: 'config', httpErrors: 'sensible', sessionsRepository: 'sessions-repository', usersRepository: 'users-repository' })) {
    await fastify.register(fp(async (server) => { server.decorate(name, (name === 'config' ? config : {}) as never) }, { name: plugin }))
  }
  await fastify.register(jwt)
  await fastify.register(pageSessions)
  fastify.get('/', async (_request, reply) => {
    fastify.pageSessions.begin(reply, CALLER, Date.now() + lifeMs)
    return ''
  })
  return String((await fastify.inject('/')).headers['set-cookie'])
}

t.test('in production the cookie is for https alone, by its name too; elsewhere a browser takes it without', async (t) => {
  const secure = await cookieOf(t, 'production')
  t.match(secure, /^__Secure-sahm-queues=/)
  t.match(secure.split('; ').slice(1).sort(), [/^HttpOnly$/, /^Max-Age=(?:600|599)$/, /^Path=\/ops\/queues$/, /^SameSite=Strict$/, /^Secure$/])
  t.notMatch(await cookieOf(t, 'development'), /secure/i)
})

t.test('a cookie lives for a second at least: one of no life would last as long as the browser', async (t) => {
  t.match(await cookieOf(t, 'test', 1), /; Max-Age=1;/)
})

t.test('its token is found among other cookies, and tells who it is of', async (t) => {
  const fastify = await buildRepositories(t)
  fastify.get('/begin', async (_request, reply) => {
    fastify.pageSessions.begin(reply, CALLER, Date.now() + LIFE_MS)
    return ''
  })
  fastify.get('/verify', async (request) => fastify.pageSessions.verify(request))
  const [cookie] = String((await fastify.inject('/begin')).headers['set-cookie']).split(';')

  t.match((await fastify.inject({ url: '/verify', headers: { cookie: `a=b; ${cookie}; c=d` } })).json(), { sub: '7', tier: 'admin', sid: CALLER.session_id, aud: 'sahm/ops/queues' })
  for (const sent of ['', 'sahm-queues=', 'sahm-queues=nonsense', 'a=b']) t.equal((await fastify.inject({ url: '/verify', headers: { cookie: sent } })).statusCode, 500, sent)
})

t.test('a caller stands while the session goes on and the user is an active admin', async (t) => {
  const fastify = await buildRepositories(t)
  await fastify.ready()
  const { pageSessions: sessions, sessionsRepository, usersRepository } = fastify
  const { caller, user_id: userId } = await addPerson(fastify, 'admin', { tier: 'admin' })
  const sessionId = await sessionsRepository.create({ user_id: userId, family_hash: 'a', token_hash: 'a' })
  const standing = { ...caller, session_id: sessionId }

  const refusalOf = (one: typeof caller) => sessions.requireStandingAdmin(one).then(() => null, ({ statusCode }: { statusCode: number }) => statusCode)

  t.equal(await refusalOf(standing), null)
  t.equal(await refusalOf(caller), 401, 'there is no such session')
  t.equal(await refusalOf({ ...standing, session_id: '' }), 401, 'of no session')
  t.equal(await refusalOf({ ...standing, user_id: userId + 1 }), 401, 'the session is another’s')
  await usersRepository.update(userId, { tier: 'vip' })
  t.equal(await refusalOf(standing), 403)
  await usersRepository.update(userId, { tier: 'admin', is_active: false })
  t.equal(await refusalOf(standing), 401)
  await usersRepository.update(userId, { is_active: true })
  t.equal(await refusalOf(standing), null)
  await sessionsRepository.remove(sessionId)
  t.equal(await refusalOf(standing), 401)
})
