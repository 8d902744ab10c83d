import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../../app.ts'

/* Our server, but users are exported as the design note's code does it: all in an array, and then sent. */
const EXPORT = '/v1/exports/users.ndjson'

const fastify = Fastify({ ...options, logger: { stream: process.stderr } })
fastify.addHook('onRequest', async (request, reply) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  if (pathname !== EXPORT) return
  const after = searchParams.get('after')
  const cursor = await fastify.usersRepository.walk(after === null ? undefined : Number(after))
  const users = await cursor?.toArray() ?? []
  reply.type('application/x-ndjson; charset=utf-8')
  return await reply.send(users.map((user) => `${JSON.stringify(fastify.presenter.user(user))}\n`).join(''))
})
await fastify.register(fp(app), {})
const address = await fastify.listen({ host: '127.0.0.1', port: 0 })
process.once('disconnect', async () => { await fastify.close() })
process.send?.(address)
