import { constants } from 'node:os'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../../app.ts'
import { goFirst } from './priority.ts'

/* A server as production runs it, on a free port of loopback; its environment is the variant. */
goFirst(constants.priority.PRIORITY_HIGH)
const fastify = Fastify({ ...options, logger: { stream: process.stderr } })
await fastify.register(fp(app), {})
const address = await fastify.listen({ host: '127.0.0.1', port: 0 })
process.once('disconnect', async () => { await fastify.close() })
process.send?.(address)
