import Fastify from 'fastify'
import fp from 'fastify-plugin'

const PATHS = ['/metrics', '/healthz', '/readyz']
/** For a whole request, in ms: whoever asks here is near. */
const REQUEST_TIMEOUT_MS = 10_000

/**
 * A second port, for those who watch: it answers what the application answers at the same paths, and nothing else. A worker
 * has no other. A port that is taken refuses the start.
 */
export default fp(async function metricsServer (fastify) {
  const { METRICS_HOST: host, METRICS_PORT: port } = fastify.config
  if (port === 0) return

  const server = Fastify({ requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true })
  // an application that closes answers nobody
  server.setErrorHandler(async (_error, _request, reply) => await reply.code(503).send())
  for (const path of PATHS) {
    server.get(path, async function relay (_request, reply) {
      const { statusCode, headers, rawPayload } = await fastify.inject(path)
      return await reply.code(statusCode).headers(headers).send(rawPayload)
    })
  }
  fastify.addHook('onReady', async function listen () {
    await server.listen({ host, port })
    fastify.log.info({ host, port }, 'metrics are answered')
  })
  fastify.addHook('preClose', async () => { await server.close() })
}, { name: 'metrics-server', dependencies: ['config'] })
