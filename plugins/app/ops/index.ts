import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import type { OpsSlowQuery } from '../../../schemas/ops.ts'
import { createReader } from './reader.ts'
import { createSlowQueries } from './slow-queries.ts'
import { createWatch } from './watch.ts'

declare module 'fastify' {
  interface FastifyInstance {
    ops: ReturnType<typeof createOps>
  }
}

const INTERVAL_MS = 1000
const MAX_SLOW_QUERIES = 20
const MAX_SHAPE_LENGTH = 300
const RETRY_AFTER_S = '5'
/** Proxies must not collect it, and its connection ends with it, so that it holds up no stop. */
const HEADERS = { 'cache-control': 'private, no-store', 'x-accel-buffering': 'no', connection: 'close' }

interface Asked {
  /** When the reader's token ends, in ms since the epoch. */
  expiresAt: number
  /** Number of snapshots after which the stream ends. */
  snapshots?: number | undefined
}

/** Those that took the most time; what a page has no room for is cut. */
async function readSlowQueries ({ slowQueryLog }: Pick<FastifyInstance, 'slowQueryLog'>): Promise<OpsSlowQuery[]> {
  const recorded = await slowQueryLog.recorded(MAX_SLOW_QUERIES)
  return recorded.map(({ collection, operation, shape, count, total_ms: total, max_ms: max, plan, last_seen: seen }) => ({
    collection,
    operation,
    shape: shape.length > MAX_SHAPE_LENGTH ? `${shape.slice(0, MAX_SHAPE_LENGTH)}…` : shape,
    count,
    total_ms: total,
    max_ms: max,
    plan,
    last_seen: seen.toISOString()
  }))
}

function createOps (fastify: FastifyInstance) {
  const { config, httpErrors, readMetrics } = fastify
  const watch = createWatch({ readMetrics, slowQueries: createSlowQueries(() => readSlowQueries(fastify)), now: Date.now, intervalMs: INTERVAL_MS })
  let isStopping = false

  return {
    /** Answers with a stream of events, until the token ends or the server stops; 503 `OPS_BUSY` if there are too many. */
    send (reply: FastifyReply, { expiresAt, snapshots = Infinity }: Asked): FastifyReply {
      if (watch.readers >= config.OPS_STREAMS_MAX) {
        throw httpErrors.createError(503, 'There is no room for another stream', { code: 'OPS_BUSY', headers: { 'retry-after': RETRY_AFTER_S } })
      }
      const reader = createReader({ snapshots, lifeMs: expiresAt - Date.now(), random: Math.random })
      // an EventSource that is refused comes never again, one that is told to go does
      if (isStopping) reader.end('stopping')
      else watch.add(reader)
      return reply.headers(HEADERS).type('text/event-stream').send(reader.stream)
    },

    /** Ends all streams with a word of notice, and so each that begins. */
    stop (this: void): void {
      isStopping = true
      watch.end('stopping')
    }
  }
}

/**
 * Numbers of this process, or of all that serve beside it, as a stream for the page at `/ops`: one computation a second for all
 * readers, none while nobody reads. It only reads `/metrics`; what cannot be read is left out, and no request depends on it.
 */
export default fp(async function ops (fastify) {
  const service = createOps(fastify)
  fastify.decorate('ops', service)
  fastify.drain.onEnd(service.stop)
  fastify.addHook('preClose', async () => { service.stop() })
}, { name: 'ops', dependencies: ['config', 'drain', 'metrics', 'sensible', 'slow-query-log'] })
