import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { HealthSchema, ReadinessSchema } from '../../schemas/operations.ts'
import { createProbe } from './probe.ts'

/** These are no part of the API: their paths are those that balancers and Prometheus expect. */
export const prefixOverride = ''

const PING_LIMIT_MS = 1000
const MAX_AGE_MS = 1000
const RETRY_AFTER_S = 1

// a probe must be answered however much else its address has asked for
const config = { access: 'public', cost: 0, priority: 'critical' } as const
const tags = ['operations']

/** What balancers and monitoring ask; no answer is ever cached, no probe can load the database. */
const operations: FastifyPluginAsyncTypebox = async (fastify) => {
  const { mongo: { client }, metrics } = fastify
  // the driver's own timeoutMS waits for a server that hangs until the socket dies, 45 s later
  const databaseIsReachable = createProbe(() => client.db().command({ ping: 1 }, { signal: AbortSignal.timeout(PING_LIMIT_MS) }), MAX_AGE_MS)

  fastify.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store') })

  fastify.get('/healthz', {
    schema: {
      operationId: 'getHealth',
      tags,
      summary: 'Whether the process is alive',
      description: 'Asks nobody: a balancer restarts an instance that does not answer.',
      response: { 200: HealthSchema }
    },
    config
  }, async function getHealth () {
    return { status: 'ok' as const }
  })

  fastify.get('/readyz', {
    schema: {
      operationId: 'getReadiness',
      tags,
      summary: 'Whether this instance may take traffic',
      description: 'It may while the database answers, until it stops. Indexes that are missing or different are told here and make it slower, not unready; so is its load of the last seconds.',
      response: { 200: ReadinessSchema, 503: ReadinessSchema }
    },
    config
  }, async function getReadiness (_request, reply) {
    const { status, differences } = fastify.indexes.state
    const details = { indexes: { status, differences: differences.length }, load: fastify.load.reported }
    const isReachable = await databaseIsReachable()
    const database = isReachable ? 'reachable' as const : 'unreachable' as const
    if (isReachable && !fastify.drain.isLeaving) return { status: 'ready' as const, database, ...details }
    reply.code(503).header('retry-after', RETRY_AFTER_S)
    return { status: fastify.drain.isLeaving ? 'stopping' as const : 'unavailable' as const, database, ...details }
  })

  fastify.get('/metrics', {
    schema: {
      operationId: 'getMetrics',
      tags,
      summary: 'Metrics of this instance',
      description: 'In the text format of Prometheus; where several processes serve, of each under its label `worker`.',
      response: { 200: { description: 'The metrics', content: { 'text/plain': { schema: Type.String() } } } }
    },
    config
  }, async function getMetrics (_request, reply) {
    reply.type(metrics.contentType)
    return await fastify.readMetrics()
  })
}
export default operations
