import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import access from '../../../../plugins/app/access/index.ts'
import accounts from '../../../../plugins/app/accounts/index.ts'
import { addPerson, DEMO_HASH } from '../../../people.ts'
import { buildRepositories } from '../../../services.ts'

const PASSWORD = 'demo-password'

async function build (test: Test): Promise<FastifyInstance> {
  const fastify = await buildRepositories(test)
  await fastify.register(access)
  await fastify.register(accounts)
  await fastify.ready()
  // the unique index is not what is tested here, but taken names are
  await fastify.mongo.db?.collection('users').createIndex({ username: 1 }, { unique: true })
  return fastify
}

t.test('a new account is free, without balance, its password hashed with argon2id as OWASP asks', async (t) => {
  const { accounts, usersRepository } = await build(t)
  const user = await accounts.signUp({ username: 'rami', password: 'a long password' })
  const stored = await usersRepository.findById(user.user_id)

  t.match(user, { username: 'rami', tier: 'free', balance: '0.000000', is_active: true, subscription_expires: null, referred_by: null })
  t.match(stored?.password_hash, /^\$argon2id\$v=19\$m=19456,p=1,t=2\$/)
  t.match(await accounts.signIn({ username: 'rami', password: 'a long password' }), { token_type: 'Bearer' })
  await t.rejects(accounts.signUp({ username: 'rami', password: 'another password' }), { statusCode: 409, code: 'USERNAME_TAKEN' })
})

t.test('who refers must exist', async (t) => {
  const fastify = await build(t)
  const { user_id: referrer } = await addPerson(fastify, 'referrer')

  t.match(await fastify.accounts.signUp({ username: 'rami', password: 'a long password', referred_by: referrer }), { referred_by: referrer })
  await t.rejects(fastify.accounts.signUp({ username: 'sami', password: 'a long password', referred_by: 1 }), { statusCode: 422, code: 'UNKNOWN_USER' })
})

t.test('signing in gives an access token that says who it is, and a refresh token', async (t) => {
  const fastify = await build(t)
  const expires = new Date(Date.now() + 60_000)
  const { user_id: userId } = await addPerson(fastify, 'demo-vip', { tier: 'vip', subscription_expires: expires })
  const tokens = await fastify.accounts.signIn({ username: 'demo-vip', password: PASSWORD })

  t.match(tokens, { token_type: 'Bearer', expires_in: 900, refresh_token: /^[\w-]{67}$/ })
  t.match(fastify.jwt.verify(tokens.access_token), {
    sub: String(userId), tier: 'vip', analyst_id: null, subscription_expires: expires.getTime(), sid: /^[0-9a-f]{24}$/, iss: 'sahm', aud: 'sahm'
  })
  const session = await fastify.mongo.db?.collection('sessions').findOne({ user_id: userId })
  t.not(session?.token_hash, tokens.refresh_token, 'the database does not know the token itself')
})

t.test('the token of a vip whose time is over is that of a free user', async (t) => {
  const fastify = await build(t)
  await addPerson(fastify, 'demo-former', { tier: 'vip', subscription_expires: new Date(Date.now() - 1) })
  const { access_token: token } = await fastify.accounts.signIn({ username: 'demo-former', password: PASSWORD })

  t.match(fastify.jwt.verify(token), { tier: 'free' })
})

t.test('the token of an analyst names the analyst', async (t) => {
  const fastify = await build(t)
  const { user_id: userId } = await addPerson(fastify, 'demo-analyst')
  const analyst = await fastify.accounts.appointAnalyst({ user_id: userId, name: 'Demo', bio: '', rank: 1, is_active: true })
  const { access_token: token } = await fastify.accounts.signIn({ username: 'demo-analyst', password: PASSWORD })

  t.match(fastify.jwt.verify(token), { tier: 'analyst', analyst_id: analyst.id })
  await t.rejects(fastify.accounts.appointAnalyst({ user_id: 1, name: 'Nobody', bio: '', rank: 1, is_active: true }), { statusCode: 422, code: 'UNKNOWN_USER' })
})

t.test('admins stay admins when they become analysts', async (t) => {
  const fastify = await build(t)
  const { user_id: userId } = await addPerson(fastify, 'demo-admin', { tier: 'admin' })
  const analyst = await fastify.accounts.appointAnalyst({ user_id: userId, name: 'Demo', bio: '', rank: 1, is_active: true })
  const { access_token: token } = await fastify.accounts.signIn({ username: 'demo-admin', password: PASSWORD })

  t.match(fastify.jwt.verify(token), { tier: 'admin', analyst_id: analyst.id })
})

t.test('unknown users, wrong passwords and closed accounts get the same answer', async (t) => {
  const fastify = await build(t)
  await addPerson(fastify, 'demo-user')
  await addPerson(fastify, 'closed', { is_active: false })
  const refusal = async (username: string, password: string) =>
    fastify.accounts.signIn({ username, password }).then(() => null, (error: Error & { statusCode: number }) => [error.statusCode, error.message])

  const unknown = await refusal('nobody', PASSWORD)
  t.equal(unknown?.[0], 401)
  t.strictSame(await refusal('demo-user', 'wrong password'), unknown)
  t.strictSame(await refusal('closed', PASSWORD), unknown)
  t.strictSame(await refusal('Demo-User', PASSWORD), unknown, 'names are as they were signed up')
})

t.test('unknown users cost as much work as known ones', async (t) => {
  const fastify = await build(t)
  await addPerson(fastify, 'demo-user')
  const cpuOf = async (username: string) => {
    const before = process.cpuUsage()
    for (let i = 0; i < 5; i += 1) await t.rejects(fastify.accounts.signIn({ username, password: 'wrong password' }))
    return process.cpuUsage(before).user
  }
  await cpuOf('demo-user')
  const ratio = await cpuOf('nobody') / await cpuOf('demo-user')

  t.ok(ratio > 0.5 && ratio < 2, `${ratio}`)
})

t.test('a refresh token is good for one renewal, however often it is sent at once', async (t) => {
  const fastify = await build(t)
  await addPerson(fastify, 'demo-user')
  const first = await fastify.accounts.signIn({ username: 'demo-user', password: PASSWORD })
  const attempts = await Promise.all(Array.from({ length: 5 }, () => fastify.accounts.refresh(first.refresh_token)))
  const [second = '', ...others] = new Set(attempts.map((tokens) => tokens.refresh_token))

  t.strictSame(others, [], 'all get the same next one')
  t.not(second, first.refresh_token)
  t.match(await fastify.accounts.refresh(second), { token_type: 'Bearer' })
  await t.rejects(fastify.accounts.refresh('x'.repeat(67)), { statusCode: 401, name: 'UnauthorizedError' })
})

t.test('a refresh token used again later ends the session, whoever has the next one', async (t) => {
  const fastify = await build(t)
  const { user_id: userId } = await addPerson(fastify, 'demo-user')
  const sessions = fastify.documents.collection('sessions')
  const refusal = { statusCode: 401, name: 'UnauthorizedError' }
  const renew = async (token: string) => (await fastify.accounts.refresh(token)).refresh_token
  const begin = async () => (await fastify.accounts.signIn({ username: 'demo-user', password: PASSWORD })).refresh_token

  const stolen = await begin()
  const next = await renew(stolen)
  await sessions.updateOne({ user_id: userId }, { $set: { createdAt: new Date(Date.now() - 11_000) } })
  await t.rejects(renew(stolen), refusal)
  await t.rejects(renew(next), refusal)
  t.equal(await sessions.countDocuments(), 0)

  const oldest = await begin()
  const newest = await renew(await renew(oldest))
  await t.rejects(renew(oldest), refusal, 'at once too, when the next one has been used')
  await t.rejects(renew(newest), refusal)

  const other = await begin()
  const made = other.slice(0, 24) + 'x'.repeat(43)
  await t.rejects(renew(made), refusal)
  await t.rejects(renew(other), refusal, 'only who had a token of a session can name it')
})

t.test('after signing out, or when the account is closed, a session is not renewed', async (t) => {
  const fastify = await build(t)
  const { user_id: userId, caller } = await addPerson(fastify, 'demo-user')
  const signIn = () => fastify.accounts.signIn({ username: 'demo-user', password: PASSWORD })
  const ended = await signIn()
  const { sid } = fastify.jwt.verify<{ sid: string }>(ended.access_token)
  await fastify.accounts.signOut({ ...caller, session_id: sid })
  await t.rejects(fastify.accounts.refresh(ended.refresh_token), { statusCode: 401, name: 'UnauthorizedError' })

  const open = await signIn()
  await fastify.usersRepository.update(userId, { is_active: false })
  await t.rejects(fastify.accounts.refresh(open.refresh_token), { statusCode: 401, name: 'UnauthorizedError' })
})

t.test('a profile changes its name, and its password with the current one only', async (t) => {
  const fastify = await build(t)
  const { caller } = await addPerson(fastify, 'demo-user')
  await addPerson(fastify, 'other')
  const { accounts } = fastify

  t.match(await accounts.updateProfile(caller, { username: 'renamed' }), { username: 'renamed' })
  await t.rejects(accounts.updateProfile(caller, { username: 'other' }), { statusCode: 409, code: 'USERNAME_TAKEN' })
  for (const current of ['wrong password', undefined]) {
    await t.rejects(accounts.updateProfile(caller, { password: 'a new password', ...(current && { current_password: current }) }), { statusCode: 403, code: 'WRONG_PASSWORD' })
  }
  const elsewhere = await accounts.signIn({ username: 'renamed', password: PASSWORD })
  const here = await accounts.signIn({ username: 'renamed', password: PASSWORD })
  const { sid } = fastify.jwt.verify<{ sid: string }>(here.access_token)
  await accounts.updateProfile({ ...caller, session_id: sid }, { password: 'a new password', current_password: PASSWORD })
  await t.rejects(accounts.refresh(elsewhere.refresh_token), { statusCode: 401, name: 'UnauthorizedError' }, 'a new password ends all other sessions')
  t.ok(await accounts.refresh(here.refresh_token))
  t.ok(await accounts.signIn({ username: 'renamed', password: 'a new password' }))
  await t.rejects(accounts.signIn({ username: 'renamed', password: PASSWORD }), { statusCode: 401, name: 'UnauthorizedError' })
  await t.rejects(accounts.updateProfile({ ...caller, user_id: 1 }, { username: 'nobody' }), { statusCode: 404, name: 'NotFoundError' })
})

t.test('after a change of the password withdrawals wait', async (t) => {
  const fastify = await build(t)
  const { accounts } = fastify
  const { caller, user_id: userId } = await addPerson(fastify, 'omar')
  await accounts.requireSettledPassword(userId)
  await accounts.updateProfile(caller, { username: 'omar-two' })
  await accounts.requireSettledPassword(userId)
  await t.rejects(accounts.updateProfile(caller, { password: 'another password', current_password: 'wrong' }))
  await accounts.requireSettledPassword(userId)
  const { now } = Date
  const changedAt = now()
  t.teardown(() => { Date.now = now })
  Date.now = () => changedAt
  await accounts.updateProfile(caller, { password: 'another password', current_password: PASSWORD })

  const until = new Date(changedAt + 86_400_000).toISOString()
  await t.rejects(accounts.requireSettledPassword(userId), { statusCode: 403, code: 'PASSWORD_CHANGED', message: `The password is new: withdrawals are taken from ${until}` })
  Date.now = () => changedAt + 86_400_000
  await accounts.requireSettledPassword(userId)
  await accounts.requireSettledPassword(1)
})

t.test('more sign-ins at a time than may wait are refused, and the server goes on', async (t) => {
  const fastify = await build(t)
  const users = await Promise.allSettled(Array.from({ length: 130 }, () => fastify.accounts.signIn({ username: 'nobody', password: 'wrong password' })))
  const statuses = users.map((result) => result.status === 'rejected' ? (result.reason as { statusCode: number }).statusCode : 0)

  t.ok(statuses.includes(503))
  t.ok(statuses.filter((status) => status === 401).length >= 100, 'those that may wait are answered')
  t.match(DEMO_HASH, /^\$argon2id/)
  await t.rejects(fastify.accounts.signIn({ username: 'nobody', password: 'wrong password' }), { statusCode: 401, name: 'UnauthorizedError' })
})
