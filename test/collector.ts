import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Environment } from '../schemas/config.ts'

interface Value {
  stringValue?: string
  intValue?: number
  doubleValue?: number
}

/** A span as OTLP/JSON tells it. */
interface SentSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Array<{ key: string, value: Value }>
  status: { code: number, message?: string }
  events: unknown[]
}

interface Sent {
  resourceSpans: Array<{ resource: { attributes: SentSpan['attributes'] }, scopeSpans: Array<{ spans: SentSpan[] }> }>
}

const valuesOf = (attributes: SentSpan['attributes']): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.doubleValue]))

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer']

/** A collector that takes traces by OTLP over HTTP, ended with the test; a silent one never answers. */
export async function startCollector (t: Test, port = 0, { isSilent = false } = {}) {
  const sent: Sent[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => { chunks.push(chunk) })
    request.on('end', () => {
      sent.push(JSON.parse(Buffer.concat(chunks).toString()) as Sent)
      if (!isSilent) response.setHeader('content-type', 'application/json').end('{}')
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close().closeAllConnections() })

  const spans = () => sent.flatMap(({ resourceSpans }) => resourceSpans).flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans)
    .map(({ attributes, kind, ...span }) => ({ ...span, kind: KINDS[kind], values: valuesOf(attributes) }))
  return {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } satisfies Environment,
    spans,
    resource: () => valuesOf(sent[0]?.resourceSpans[0]?.resource.attributes ?? []),

    /** The spans of a trace, as paths of names from its root, each once, sorted. */
    paths (traceId: string): string[] {
      const own = spans().filter((span) => span.traceId === traceId)
      const byId = new Map(own.map((span) => [span.spanId, span]))
      function pathOf (span: typeof own[number]): string {
        const parent = byId.get(span.parentSpanId ?? '')
        return parent === undefined ? span.name : `${pathOf(parent)} > ${span.name}`
      }
      return [...new Set(own.map(pathOf))].sort()
    }
  }
}
