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

t.test('a request knows the trace that its sender says it is part of', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(requestContext)
  fastify.get('/', async () => ({ trace: fastify.requestContext.get()?.traceId }))
  const traceOf = async (headers: Record<string, string>) => (await fastify.inject({ url: '/', headers })).json<{ trace?: string }>().trace
  const [trace, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']

  t.equal(await traceOf({ traceparent: `00-${trace}-${parent}-01` }), trace)
  t.equal(await traceOf({ traceparent: `cc-${trace}-${parent}-01-what-a-later-version-adds` }), trace)
  const broken = [`ff-${trace}-${parent}-01`, `00-${'0'.repeat(32)}-${parent}-01`, `00-${trace}-${'0'.repeat(16)}-01`, `00-${trace.toUpperCase()}-${parent}-01`, `00-${trace}-${parent}`, 'text']
  for (const traceparent of broken) t.equal(await traceOf({ traceparent }), undefined, traceparent)
  t.equal(await traceOf({}), undefined)
})

t.test('there is no context outside of requests', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(requestContext)
  t.equal(fastify.requestContext.get(), null)
})
