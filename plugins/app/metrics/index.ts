import cluster from 'node:cluster'
import fp from 'fastify-plugin'
import { Registry, type HistogramConfiguration } from 'prom-client'
import { createBoundedLabels } from './bounded-labels.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { createExposition } from './exposition.ts'
import { createOperationMetrics } from './operation-metrics.ts'
import { createProcessMetrics } from './process-metrics.ts'
import { createRouteMetrics } from './route-metrics.ts'
import { createSampling } from './sampling.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** This server's metrics. */
    metrics: Registry
    /** What `/metrics` shows: those of this server, or of all processes that serve on its port. */
    readMetrics: () => Promise<string>
    /** A histogram of durations in seconds in `metrics`, cheap enough for hot paths. */
    durationHistogram: <T extends string>(config: Omit<HistogramConfiguration<T>, 'registers'>) => DurationHistogram<T>
    /** Keeps the first `limit` distinct values of a label; later ones become `other`. */
    boundedLabels: typeof createBoundedLabels
    /** Numbers of `/metrics` that must be asked of the database or Redis, at most once a second; null where nobody answers within one. */
    sampled: ReturnType<typeof createSampling>
    /** Counts one GraphQL operation, by its name (`anonymous` if it has none), its seconds and whether it had errors. */
    observeOperation: ReturnType<typeof createOperationMetrics>
    /** Function that counts answers of a method, route and status, each with its seconds; for answers without `onResponse`. */
    answerObserver: ReturnType<typeof createRouteMetrics>
  }
}

/** Route of every request that no route takes: its URL is the client's choice. */
const UNMATCHED = 'unmatched'

const MS_PER_S = 1000

/**
 * One registry of metrics per server: requests per route, GraphQL operations, event loop, memory and garbage
 * collection. Memory is bounded by the bounds of every label. It only observes: no request fails through it.
 */
export default fp(async function metrics (fastify) {
  const registry = new Registry()
  const answerObserver = createRouteMetrics(registry)
  const stop = createProcessMetrics(registry)
  const exposition = createExposition(registry, cluster.worker)

  fastify.decorate('metrics', registry)
  fastify.decorate('readMetrics', exposition.read)
  fastify.decorate('boundedLabels', createBoundedLabels)
  fastify.decorate('sampled', createSampling(registry))
  fastify.decorate('observeOperation', createOperationMetrics(registry))
  fastify.decorate('answerObserver', answerObserver)
  fastify.decorate('durationHistogram', function durationHistogram<T extends string> (config: Omit<HistogramConfiguration<T>, 'registers'>) {
    return new DurationHistogram<T>({ ...config, registers: [registry] })
  })
  fastify.addHook('onResponse', function countAnswer (request, reply, done) {
    answerObserver(request.method, request.routeOptions.url ?? UNMATCHED, reply.statusCode)(reply.elapsedTime / MS_PER_S)
    done()
  })
  fastify.addHook('onClose', async () => {
    stop()
    exposition.stop()
  })
}, { name: 'metrics' })
