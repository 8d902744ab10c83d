import t from 'tap'
import page from '../../../plugins/app/page.ts'
import { buildBare } from '../../helper.ts'

t.test('a list has the presented items, the cursor and a link to the next page with the other parameters', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(page)
  fastify.get('/numbers', async (_request, reply) => reply.page({ items: [1, 2], nextCursor: 'abc' }, (n) => n * 10))
  const response = await fastify.inject('/numbers?limit=2&fields=id,name&cursor=old')

  t.strictSame(response.json(), { data: [10, 20], next_cursor: 'abc' })
  t.equal(response.headers.link, '</numbers?limit=2&fields=id%2Cname&cursor=abc>; rel="next"')
})

t.test('the last page has no link', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(page)
  fastify.get('/numbers', async (_request, reply) => reply.page({ items: [], nextCursor: null }, String))
  const response = await fastify.inject('/numbers')

  t.strictSame(response.json(), { data: [], next_cursor: null })
  t.equal(response.headers.link, undefined)
})
