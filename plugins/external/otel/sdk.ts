import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { context, propagation, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, NodeTracerProvider, ParentBasedSampler, TraceIdRatioBasedSampler, type Sampler, type SpanExporter } from '@opentelemetry/sdk-trace-node'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../../../schemas/config.ts'

/** Longest wait at the stop for the last spans to be sent, in ms. */
const STOP_LIMIT_MS = 2000

function samplerOf ({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share }: Pick<Config, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>): Sampler {
  const samplers: Record<string, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(share)
  }
  const root = samplers[name.replace('parentbased_', '')]?.() as Sampler
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

/** Says once that spans are dropped, and once that they are not. */
function logged (exporter: SpanExporter, log: FastifyBaseLogger): SpanExporter {
  let isAway = false
  return {
    export (spans, done) {
      exporter.export(spans, (result) => {
        const { error: err } = result
        if (err !== undefined && !isAway) log.warn({ err }, 'traces are dropped: they cannot be sent')
        if (err === undefined && isAway) log.info('traces are sent again')
        isAway = err !== undefined
        done(result)
      })
    },
    shutdown: () => exporter.shutdown()
  }
}

/** Makes and sends spans in this process, as its only tracer: the interface of OpenTelemetry is global. */
export function startSdk ({ config, log }: FastifyInstance) {
  const url = `${config.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, '')}/v1/traces`
  const exporter = logged(new OTLPTraceExporter({ url, timeoutMillis: config.OTEL_EXPORTER_OTLP_TIMEOUT }), log)
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(detectResources({ detectors: [envDetector] })).merge(resourceFromAttributes({
      'service.name': config.OTEL_SERVICE_NAME,
      'service.instance.id': `${config.INSTANCE_ID || hostname()}-${process.pid}`
    })),
    sampler: samplerOf(config),
    spanProcessors: [new BatchSpanProcessor(exporter)]
  })
  provider.register()

  return {
    tracer: provider.getTracer('sahm'),

    /** Sends what has ended; rejects if that cannot be sent. */
    flush: (): Promise<void> => provider.forceFlush(),

    /** Sends the rest, as far as that is taken within `STOP_LIMIT_MS`. */
    stop: async (): Promise<void> => {
      await Promise.race([provider.shutdown().catch(() => {}), delay(STOP_LIMIT_MS, undefined, { ref: false })])
      for (const api of [trace, context, propagation]) api.disable()
    }
  }
}
