import t, { type Test } from 'tap'
import { Type } from 'typebox'
import validation from '../../../plugins/external/validation.ts'
import { buildBare } from '../../helper.ts'

const schema = { additionalProperties: false }

async function build (t: Test) {
  const fastify = buildBare(t)
  await fastify.register(validation)
  fastify.get('/list', {
    schema: { querystring: Type.Object({ limit: Type.Integer({ default: 20, maximum: 100 }), name: Type.Optional(Type.String()) }, schema) }
  }, async ({ query }) => query)
  fastify.post('/item', { schema: { body: Type.Object({ count: Type.Integer(), at: Type.Optional(Type.String({ format: 'date-time' })) }, schema) } }, async ({ body }) => body)
  return fastify
}

t.test('query texts become the types of their schema, and defaults are filled in', async (t) => {
  const fastify = await build(t)

  t.strictSame((await fastify.inject('/list?limit=5')).json(), { limit: 5 })
  t.strictSame((await fastify.inject('/list')).json(), { limit: 20 })
})

t.test('repeated, unknown and unfit query parameters are refused', async (t) => {
  const fastify = await build(t)

  for (const query of ['limit=1&limit=2', 'name=a&name=b', 'unknown=1', 'limit=ten', 'limit=101', 'limit[$gt]=1']) {
    t.equal((await fastify.inject(`/list?${query}`)).statusCode, 400, query)
  }
})

t.test('bodies are taken as they are: nothing is coerced or dropped', async (t) => {
  const fastify = await build(t)
  const post = async (payload: object) => (await fastify.inject({ method: 'POST', url: '/item', payload })).statusCode

  t.equal(await post({ count: 1, at: '2026-01-01T00:00:00Z' }), 200)
  for (const payload of [{ count: '1' }, { count: { $gt: 0 } }, { count: 1, more: 1 }, { count: 1, at: 'today' }, {}]) {
    t.equal(await post(payload), 400, JSON.stringify(payload))
  }
})
