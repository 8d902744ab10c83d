import t from 'tap'
import { OPTIMIZATIONS } from '../schemas/config.ts'
import { buildApp, databaseName } from './helper.ts'

const query = '{ signals(first: 3) { edges { node { symbol analyst { name user { username } } } } } }'

/** What one application answers over REST and GraphQL, as a signed-in admin. */
async function askEverything (fastify: Awaited<ReturnType<typeof buildApp>>) {
  const signIn = await fastify.inject({ method: 'POST', url: '/v1/sessions', payload: { username: 'demo-admin', password: 'demo-password' } })
  const headers = { authorization: `Bearer ${signIn.json<{ access_token: string }>().access_token}` }
  const answers = []
  for (const url of ['/v1/signals?limit=3&fields=symbol,status', '/v1/analysts?limit=3&fields=name,rank', '/v1/users/1/stats', '/v1/transactions?limit=3&fields=amount']) {
    answers.push((await fastify.inject({ url, headers })).json<unknown>())
  }
  answers.push((await fastify.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })).json<unknown>())
  return answers
}

t.test('the server answers the same with any optimization left out', async (t) => {
  const env = { DEMO_USERS: 40, DEMO_DATA: true }
  const expected = await askEverything(await buildApp(t, { env }))
  t.match(expected, [{ data: [{}, {}, {}] }, { data: Array }, { user_id: 1 }, { data: [{}, {}, {}] }, { data: { signals: { edges: [{}, {}, {}] } } }])

  for (const [index, name] of [...OPTIMIZATIONS, OPTIMIZATIONS.join(',')].entries()) {
    const fastify = await buildApp(t, { env: { ...env, OPTIMIZATIONS_OFF: name, MONGODB_DATABASE: `${databaseName()}-${index}` } })
    t.strictSame((await askEverything(fastify)).map(withoutCursors), expected.map(withoutCursors), name)
    await fastify.close()
  }
})

/** Cursors carry times, which differ between two seedings. */
function withoutCursors (answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => key === 'next_cursor' ? undefined : value))
}
