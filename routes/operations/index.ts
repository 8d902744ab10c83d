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

/**
 * What balancers and monitoring ask; no answer is ever cached, no probe can load the database. All instances share one database: if
 * each left the service while it is away, nobody would send what is kept, or refuse the rest.
 */
const operations: FastifyPluginAsyncTypebox = async (fastify) => {
  const { mongo: { client }, metrics } = fastify
  // the driver's own timeoutMS waits for a server that hangs until the socket dies, 45 s later
  const databaseIsReachable = createProbe(() => client.db().command({ ping: 1 }, { signal: AbortSignal.timeout(PING_LIMIT_MS) }), MAX_AGE_MS)
  // to anybody: one who has it once has what to answer with, and knows that the address and the password are right
  let hasAnswered = false
  client.once('commandSucceeded', () => { hasAnswered = true })

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
      description: 'It may from the first answer of the database until it stops. While the database is away it is `degraded`: kept answers go on. Indexes that are missing or different are told here and make it slower, not unready; so is its load of the last seconds.',
      response: { 200: ReadinessSchema, 503: ReadinessSchema }
    },
    config
  }, async function getReadiness (_request, reply) {
    const { status, differences } = fastify.indexes.state
    const isReachable = await databaseIsReachable()
    const details = {
      database: isReachable ? 'reachable' as const : 'unreachable' as const,
      indexes: { status, differences: differences.length },
      load: fastify.load.reported
    }
    if (hasAnswered && !fastify.drain.isLeaving) return { status: isReachable ? 'ready' as const : 'degraded' as const, ...details }
    reply.code(503).header('retry-after', RETRY_AFTER_S)
    return { status: fastify.drain.isLeaving ? 'stopping' as const : 'unavailable' as const, ...details }
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
