import t from 'tap'
import problemDetails from '../../../plugins/app/problem-details/index.ts'
import requestLimits from '../../../plugins/app/request-limits.ts'
import sensible from '../../../plugins/external/sensible.ts'
import { buildBare } from '../../helper.ts'

t.test('long URLs, many parameters and large described bodies are refused', async (t) => {
  const fastify = buildBare(t)
  for (const plugin of [sensible, problemDetails, requestLimits]) await fastify.register(plugin)
  const body = { type: 'object' }
  fastify.get('/', async () => 'ok')
  fastify.post('/open', async () => 'ok')
  fastify.post('/described', { schema: { body } }, async () => 'ok')
  fastify.post('/larger', { schema: { body }, bodyLimit: 50_000 }, async () => 'ok')
  const statusOf = async (url: string, payload?: object) => (await fastify.inject({ method: payload ? 'POST' : 'GET', url, ...(payload && { payload }) })).statusCode

  t.equal(await statusOf(`/?${'a&'.repeat(49)}`), 200)
  t.equal(await statusOf(`/?${'a&'.repeat(50)}`), 400)
  t.equal(await statusOf(`/?a=${'b'.repeat(8192 - 4)}`), 200)
  t.equal(await statusOf(`/?a=${'b'.repeat(8192 - 3)}`), 414)
  t.equal(await statusOf('/described', { a: 'b'.repeat(16_000) }), 200)
  t.equal(await statusOf('/described', { a: 'b'.repeat(16_384) }), 413)
  t.equal(await statusOf('/larger', { a: 'b'.repeat(16_384) }), 200)
  t.equal(await statusOf('/open', { a: 'b'.repeat(16_384) }), 200)
})
