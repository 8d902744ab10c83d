import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null where traces are off: then nothing that makes or sends spans is loaded. */
    otel: Awaited<ReturnType<typeof start>> | null
  }
}

async function start (fastify: FastifyInstance) {
  const { startSdk } = await import('./sdk.ts')
  const { registerRequests } = await import('./requests.ts')
  const sdk = startSdk(fastify)
  await registerRequests(fastify)
  fastify.addHook('onClose', sdk.stop)
  return sdk
}

/**
 * Traces of OpenTelemetry, sent by OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` says so. They fail open: what cannot be sent is
 * dropped. A span begins with each request, before the hooks of `plugins/app`.
 */
export default fp(async function otel (fastify) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: isDisabled } = fastify.config
  fastify.decorate('otel', endpoint === '' || isDisabled ? null : await start(fastify))
}, { name: 'otel', dependencies: ['config'] })
