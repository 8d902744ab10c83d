import { hash } from 'node:crypto'
import sensible from '@fastify/sensible'
import type { FastifyReply, FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import { problemOf } from '../../../plugins/app/problem-details/problem.ts'
import { createBatches } from '../../../routes/graphql/batches.ts'
import { MAX_BATCH } from '../../../routes/graphql/limits.ts'
import { buildBare } from '../../helper.ts'
import { addPerson } from '../../people.ts'
import { buildGraphql, fillMarket, type Answer } from './client.ts'

async function build (t: Test) {
  const { fastify, url } = await buildGraphql(t)
  await fillMarket(fastify, { count: 2, each: 1 })
  async function post (body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    return { response, answers: await response.json() as Answer[] }
  }
  return { fastify, post }
}

t.test('a batch is answered in its order, faults in their places', async (t) => {
  const { fastify, post } = await build(t)
  const queries = Array.from({ length: MAX_BATCH }, (_, i) => ({ query: i === 3 ? '{' : `{ a${i}: __typename }` }))
  const { response, answers } = await post(queries)

  t.strictSame([response.status, response.headers.get('content-type'), response.headers.get('cache-control')], [200, 'application/json; charset=utf-8', 'no-store'])
  t.equal(answers.length, MAX_BATCH)
  answers.forEach((answer, i) => t.match(answer, i === 3 ? { errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] } : { data: { [`a${i}`]: 'Query' } }))
  t.match(await fastify.metrics.metrics(), /operation="anonymous",outcome="ok"\} 9/, 'each is counted')
  t.equal((await post(queries, { accept: 'application/graphql-response+json' })).response.headers.get('content-type'), 'application/graphql-response+json; charset=utf-8')
})

t.test('what an operation changes the next one sees', async (t) => {
  const { fastify, post } = await build(t)
  const { headers } = await addPerson(fastify, 'person')
  const rename = (name: string) => ({ query: 'mutation ($name: String) { updateProfile(input: { username: $name }) { username } }', variables: { name } })
  const { answers } = await post([rename('first'), { query: '{ me { username } }' }, rename('second'), { query: '{ me { username } }' }], headers)

  t.match(answers, [{}, { data: { me: { username: 'first' } } }, {}, { data: { me: { username: 'second' } } }])
})

t.test('hashes stand for documents in a batch too, once they have run', async (t) => {
  const { post } = await build(t)
  const query = '{ topAnalysts(first: 1) { name } }'
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash('sha256', query) } }
  const wrong = { query: '{ __typename }', extensions }

  t.match((await post([{ extensions }, { query, extensions }, wrong])).answers, [
    { errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] },
    { data: { topAnalysts: [{ name: 'Analyst 1' }] } },
    { errors: [{ extensions: { code: 'BAD_REQUEST' } }] }
  ])
  t.match((await post([{ extensions }])).answers, [{ data: { topAnalysts: [{ name: 'Analyst 1' }] } }])
})

t.test('a fault of the server itself is that of the whole batch', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(sensible)
  fastify.post('/', createHandler())
  const { statusCode } = await fastify.inject({ method: 'POST', url: '/', payload: [1] })
  t.equal(statusCode, 500)

  function createHandler () {
    const read = async () => { throw new Error('broken') }
    return (request: FastifyRequest, reply: FastifyReply) =>
      createBatches({ httpErrors: fastify.httpErrors, problemOf }, { read, run: read, pay: read })({ request, reply }, [1])
  }
})
