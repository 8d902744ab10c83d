import t from 'tap'
import requestContext from '../../../plugins/app/request-context.ts'
import { buildBare } from '../../helper.ts'

t.test('code in the course of a request knows its id, also after its body and a pause', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(requestContext)
  fastify.post('/items/:id', async (request) => {
    await new Promise((resolve) => setImmediate(resolve))
    const context = fastify.requestContext.get()
    return { same: context?.requestId === request.id, operation: context?.operation }
  })
  const address = await fastify.listen({ port: 0 })

  const answers = await Promise.all(['1', '2', '3'].map(async (id) => {
    const response = await fetch(`${address}/items/${id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'x'.repeat(50_000) })
    })
    return await response.json() as unknown
  }))
  t.strictSame(answers, Array(3).fill({ same: true, operation: 'POST /items/:id' }))
})

t.test('a request names its operation by its route, unless it is given a name', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(requestContext)
  fastify.setNotFoundHandler(async () => fastify.requestContext.get()?.operation)
  fastify.get('/named', async (request) => {
    if (request.requestContext) request.requestContext.operation = 'TopAnalysts'
    return fastify.requestContext.get()?.operation
  })
  t.equal((await fastify.inject('/named')).body, 'TopAnalysts')
  t.equal((await fastify.inject('/other')).body, 'GET unmatched', 'never the URL')
})

t.test('there is no context outside of requests', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(requestContext)
  t.equal(fastify.requestContext.get(), null)
})
