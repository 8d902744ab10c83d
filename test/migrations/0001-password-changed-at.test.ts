import t from 'tap'
import { buildApp } from '../helper.ts'
import { until } from '../jobs.ts'
import { LONG_AGO } from '../old-data.ts'
import { addPerson } from '../people.ts'

const USERS = 12
const pace = { contract: false, dryRun: false, batchSize: 1, share: 100, signal: new AbortController().signal, tell () {} }

t.test('what users do through the API while it runs is neither lost nor undone', async (t) => {
  const fastify = await buildApp(t)
  const people = await Promise.all(Array.from({ length: USERS }, (_, n) => addPerson(fastify, `user-${n}`)))
  const entries = people.flatMap(({ user_id: id }) => ['sign_in', 'password_change'].map((action) => ({ action, outcome: 'ok', actor_id: id, created_at: LONG_AGO })))
  await fastify.documents.collection('audit_log').insertMany(entries)
  const users = fastify.documents.collection('users')
  const change = async (n: number, payload: object) => {
    const { statusCode } = await fastify.inject({ method: 'PATCH', url: '/v1/users/me', headers: people[n]?.headers, payload })
    t.equal(statusCode, 200)
  }
  const changePassword = (n: number) => change(n, { current_password: 'demo-password', password: 'another-password' })

  const stop = new AbortController()
  const running = fastify.migrations.run({ ...pace, share: 1, signal: stop.signal })
  await until(async () => await users.countDocuments({ password_changed_at: LONG_AGO }) > 0)
  await Promise.all([changePassword(0), changePassword(USERS - 1), change(1, { username: 'renamed-1' }), change(USERS - 2, { username: 'renamed-2' })])
  stop.abort()
  t.equal(await running, false)
  t.equal(await fastify.migrations.run(pace), true)

  const found = await users.find({}, { sort: { _id: 1 } }).toArray()
  const byId = new Map(found.map((user) => [user.user_id as number, user]))
  const stored = people.map(({ user_id: id }) => byId.get(id))
  t.strictSame(stored.map((user) => (user?.password_changed_at as Date) > LONG_AGO), people.map((_, n) => n === 0 || n === USERS - 1), 'the later change stands, before the walk and behind it')
  t.ok(stored.every((user) => user?.password_changed_at >= LONG_AGO))
  t.strictSame([stored[1]?.username, stored[USERS - 2]?.username], ['renamed-1', 'renamed-2'])
  const hashes = new Set([0, USERS - 1].map((n) => stored[n]?.password_hash as string))
  t.equal(hashes.size, 2, 'and so do the passwords')
})

t.test('who changed the password long ago without anybody noting it waits no more, who did so just now waits', async (t) => {
  const fastify = await buildApp(t)
  const [late, early] = [await addPerson(fastify, 'late'), await addPerson(fastify, 'early')]
  const change = { action: 'password_change', outcome: 'ok' }
  await fastify.documents.collection('audit_log').insertMany([{ ...change, actor_id: late.user_id, created_at: new Date() }, { ...change, actor_id: early.user_id, created_at: LONG_AGO }])
  await fastify.accounts.requireSettledPassword(late.user_id)

  await fastify.migrations.run(pace)
  await t.rejects(fastify.accounts.requireSettledPassword(late.user_id))
  await fastify.accounts.requireSettledPassword(early.user_id)
})
