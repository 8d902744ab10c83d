import { MongoServerError } from 'mongodb'
import t from 'tap'
import { json, listen } from './helper.ts'

/** What nobody outside may see: paths, frameworks, drivers, queries, stacks. */
const INSIDE = /node_modules|\.[tj]s:\d|\bat \w+ \(|Mongo|mingo|mercurius|fastify|FST_|ajv|E11000|ECONNREFUSED|\$match|\$lookup|password_hash|127\.0\.0\.1/i
const env = { NODE_ENV: 'production', MONGODB_URI: '', JWT_SECRET: 'x'.repeat(32) }

t.test('no error tells what is inside', async (t) => {
  const { origin, people: { user }, isWell } = await listen(t)
  const requests: [path: string, init?: RequestInit][] = [
    ['/nowhere'], ['/v1'], ['/.env'], ['/.git/config'], ['/package.json'], ['/docs/../package.json'], ['/docs/static/..%2f..%2f..%2fpackage.json'], ['/docs/static/%2e%2e/%2e%2e/package.json'],
    ['/v1/signals/%zz'], ['/v1/signals/1'], ['/v1/signals?limit=x'], ['/v1/signals', { method: 'PUT' }], ['/v1/signals', { method: 'DELETE', headers: user.headers }],
    ['/v1/sessions', json('{"a":')], ['/v1/sessions', json('')], ['/v1/sessions', json('{"__proto__":{}}')], ['/v1/sessions', { method: 'POST', body: 'a' }],
    ['/v1/sessions', { method: 'POST', headers: { 'content-type': 'nonsense' }, body: 'a' }], ['/v1/sessions', json({ username: 'a' })],
    ['/v1/users/me'], ['/v1/users/me', { headers: { authorization: 'Bearer a.b.c' } }], ['/v1/users/me', { headers: { authorization: 'Basic YTpi' } }],
    ['/v1/users', { headers: user.headers }], ['/v1/users/999999', { headers: user.headers }],
    ['/graphql', json({ query: '{' })], ['/graphql', json({ query: '{ nothing }' })], ['/graphql', json('[')], ['/graphql', json({ query: '{ me { userId } }' })],
    ['/graphql', json({ query: '{ user(userId: "x") { userId } }' }, user.headers)], ['/graphql', json({ query: 'mutation { updateProfile(input: {username: "$ne"}) { userId } }' }, user.headers)]
  ]
  for (const [path, init] of requests) {
    const response = await fetch(origin + path, init)
    const body = await response.text()
    t.ok(response.status < 500, `${path} ${response.status}`)
    t.notMatch(body, INSIDE, `${path} ${JSON.stringify(init)}`)
    for (const name of ['server', 'x-powered-by', 'via']) t.equal(response.headers.get(name), null)
  }
  t.ok(await isWell())
})

t.test('a fault of the driver is told by a general text only, in REST and in GraphQL', async (t) => {
  const { fastify, origin, people: { user }, isWell } = await listen(t)
  const secret = new MongoServerError({ message: 'E11000 duplicate key: $match { password_hash } on 10.0.0.7', code: 2 })
  fastify.usersRepository.findById = async () => { throw secret }

  const rest = await fetch(`${origin}/v1/users/me`, { headers: user.headers })
  t.equal(rest.status, 500)
  const text = await rest.text()
  t.match(JSON.parse(text), { code: 'INTERNAL_ERROR', detail: 'Something went wrong on our side' })
  t.notMatch(text, INSIDE)
  const graphql = await (await fetch(`${origin}/graphql`, json({ query: '{ me { userId stats { transactionCount } } }' }, user.headers))).text()
  t.notMatch(graphql, INSIDE)
  t.ok(await isWell())
})

t.test('whether a user exists is told neither by the sign-in nor by a refused read', async (t) => {
  const { origin, people: { user, admin } } = await listen(t)
  const signIn = async (username: string) => await (await fetch(`${origin}/v1/sessions`, json({ username, password: 'wrong password' }))).json() as Record<string, unknown>
  const read = async (id: number) => await (await fetch(`${origin}/v1/users/${id}`, { headers: user.headers })).json() as Record<string, unknown>

  const [known, unknown] = [await signIn('admin'), await signIn('nobody')]
  t.strictSame({ ...known, instance: '' }, { ...unknown, instance: '' })
  const [foreign, missing] = [await read(admin.user_id), await read(999_999)]
  t.strictSame({ ...foreign, instance: '' }, { ...missing, instance: '' })
})

t.test('production has neither GraphiQL nor demo users, and does not start half configured', async (t) => {
  await t.rejects(listen(t, { env }), { message: /MONGODB_URI is required/ })
})
