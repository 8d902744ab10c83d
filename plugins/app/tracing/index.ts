import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { AnyFunction, Description } from './description.ts'

declare module 'fastify' {
  interface FastifyInstance {
    tracing: Tracing
  }
}

interface Tracing {
  /** A function that gives a promise, with a span around each call. Where traces are off it is `fn` itself. */
  traced: <T extends AnyFunction>(fn: T, describe: (...args: Parameters<T>) => Description) => T
  /** The `traceparent` of what runs now, to go on from it later; undefined outside of traces. */
  current: () => string | undefined
}

const OFF: Tracing = { traced: (fn) => fn, current: () => undefined }

async function start ({ mongo: { client }, otel }: FastifyInstance): Promise<Tracing & { stop: () => void }> {
  const { tracer } = otel as NonNullable<typeof otel>
  const { createSpans } = await import('./spans.ts')
  const { watchDatabase } = await import('./database.ts')
  const { watchChannels } = await import('./channels.ts')
  const stops = [watchDatabase(tracer, client), watchChannels(tracer)]
  return { ...createSpans(tracer), stop: () => { for (const stop of stops) stop() } }
}

/**
 * Spans within the traces of requests and jobs: of commands to the database and to Redis, of requests to other servers, and of what
 * other plugins name. It costs nothing where traces are off, and never alters a call.
 */
export default fp(async function tracing (fastify) {
  if (fastify.otel === null) {
    fastify.decorate('tracing', OFF)
    return
  }
  const { stop, ...spans } = await start(fastify)
  fastify.decorate('tracing', spans)
  fastify.addHook('onClose', async () => { stop() })
}, { name: 'tracing', dependencies: ['mongodb', 'otel'] })
