import { FastifyOtelInstrumentation } from '@fastify/otel'
import { context, propagation, trace, type Span } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** What is asked all the time, by machines. */
const UNTRACED = ['/healthz', '/readyz', '/metrics']

/** Names the span as the conventions say, without the values of the query, and tells the rest of the server which one it is. */
function begin (span: Span, request: FastifyRequest): void {
  const { headers, method, routeOptions: { url: route }, url } = request
  span.updateName(route === undefined ? method : `${method} ${route}`)
  span.setAttribute('url.path', url.replace(/\?.*/s, ''))
  // from here on the header is the truth about the trace, whether it came with the request or not
  propagation.inject(trace.setSpan(context.active(), span), headers)
}

/**
 * One span for each request, by `@fastify/otel`; none for each hook. An error below 500 is the client's, so its span has not
 * failed, and no message of an error leaves with a span: some have addresses in them.
 */
export async function registerRequests (fastify: FastifyInstance): Promise<void> {
  const instrumentation = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
    ignorePaths: ({ url }) => UNTRACED.includes(url),
    requestHook: begin
  })
  const own: unknown = Reflect.get(fastify, 'setNotFoundHandler')
  await fastify.register(instrumentation.plugin())
  // nor one for the handler of unknown URLs
  Reflect.set(fastify, 'setNotFoundHandler', own)
  fastify.addHook('onRoute', function keepMessages (route) {
    route.onError = [route.onError ?? []].flat().filter((hook) => hook.name !== 'recordErrorInSpanHook')
  })
  // a body arrives by events of the socket, in another context than that of onRequest
  fastify.addHook('preValidation', function enterAgain (request, _reply, done) {
    const { context: entered } = request.opentelemetry()
    if (entered === null) done()
    else context.with(entered, done)
  })
}
