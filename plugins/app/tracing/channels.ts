import { subscribe, unsubscribe, type ChannelListener } from 'node:diagnostics_channel'
import { SpanKind, SpanStatusCode, type Attributes, type Span, type Tracer } from '@opentelemetry/api'
import { isTraced } from './parent.ts'

/** A command as ioredis tells it: one object for all that is told of it. Its arguments have values. */
interface RedisCommand {
  command: string
  database: number
  serverAddress: string
  serverPort?: number
}

/** A request of `fetch`. */
interface OutgoingRequest {
  origin: string
  method: string
  path: string
}

const DEFAULT_PORTS: Record<string, string> = { 'http:': '80', 'https:': '443' }

interface Exchange {
  request: OutgoingRequest
  response: { statusCode: number }
  error: Error
}

function describeCommand ({ command, database, serverAddress, serverPort }: RedisCommand): Attributes {
  return {
    'db.system.name': 'redis',
    'db.namespace': String(database),
    'db.operation.name': command,
    'server.address': serverAddress,
    'server.port': serverPort
  }
}

/** Of the path only what is no query: that may have values. */
function describeRequest ({ origin, method, path }: OutgoingRequest): Attributes {
  const url = new URL(path.replace(/\?.*/s, ''), origin)
  return {
    'http.request.method': method,
    'url.full': url.href,
    'server.address': url.hostname,
    'server.port': Number(url.port || DEFAULT_PORTS[url.protocol])
  }
}

function fail (span: Span | undefined, error: Error): void {
  span?.setAttribute('error.type', error.name).setStatus({ code: SpanStatusCode.ERROR })
}

/**
 * A span for each command to Redis and each request to another server in a trace, by what ioredis and undici publish; answers how
 * to end that. A request's span ends with the head of its answer; it takes no header with it, since the others are strangers.
 */
export function watchChannels (tracer: Tracer): () => void {
  const spans = new WeakMap<object, Span>()
  function begin (of: object, name: string, attributes: Attributes): void {
    spans.set(of, tracer.startSpan(name, { attributes, kind: SpanKind.CLIENT }))
  }

  const listeners: Record<string, (message: RedisCommand & Exchange) => void> = {
    'tracing:ioredis:command:start': (command) => {
      if (isTraced()) begin(command, command.command, describeCommand(command))
    },
    'tracing:ioredis:command:error': (command) => { fail(spans.get(command), command.error) },
    'tracing:ioredis:command:asyncEnd': (command) => { spans.get(command)?.end() },

    'undici:request:create': ({ request }) => {
      if (isTraced()) begin(request, request.method, describeRequest(request))
    },
    'undici:request:headers': ({ request, response: { statusCode } }) => {
      const span = spans.get(request)
      if (statusCode >= 400) span?.setStatus({ code: SpanStatusCode.ERROR })
      span?.setAttribute('http.response.status_code', statusCode).end()
    },
    'undici:request:error': ({ request, error }) => {
      const span = spans.get(request)
      fail(span, error)
      span?.end()
    }
  }
  for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener as ChannelListener)
  return () => { for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener as ChannelListener) }
}
