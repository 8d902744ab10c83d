import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from './app.ts'
import { logger } from './logging.ts'

/** Longest time that requests under way get to end after a signal, in ms. */
const SHUTDOWN_TIMEOUT_MS = 10_000

const fastify = Fastify({ ...options, logger })

closeWithGrace({ delay: SHUTDOWN_TIMEOUT_MS, logger: fastify.log }, async function shutDown ({ err, signal }) {
  if (err) fastify.log.error(err)
  fastify.log.info({ signal }, 'closing')
  await fastify.close()
})

try {
  // without a scope of its own, so that `config` is seen here
  await fastify.register(fp(app), {})
  await fastify.ready()
  await fastify.listen({ host: fastify.config.HOST, port: fastify.config.PORT })
} catch (error) {
  fastify.log.fatal(error)
  await fastify.close()
  process.exit(1)
}
