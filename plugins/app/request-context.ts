import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** Clients choose the names of their operations, and log lines show them. */
const MAX_NAME_LENGTH = 64
/** Version, trace, parent and flags of a `traceparent` header; https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|-)/

/** What is known of the request in whose course code runs. */
class RequestContext {
  readonly requestId: string
  readonly request: FastifyRequest
  #operation: string | undefined

  constructor (request: FastifyRequest) {
    this.requestId = request.id
    this.request = request
  }

  /** The trace that the request is part of, if its sender says so; where traces are sent, every request is part of one. */
  get traceId (): string | undefined {
    return TRACE_PARENT.exec(String(this.request.headers.traceparent))?.[1]
  }

  /** Name that a GraphQL request has set for its operation; else method and pattern of the route. */
  get operation (): string {
    return this.#operation ?? `${this.request.method} ${this.request.routeOptions.url ?? 'unmatched'}`
  }

  set operation (name: string) {
    this.#operation = name.slice(0, MAX_NAME_LENGTH)
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    requestContext: ReturnType<typeof createRequestContext>
  }
  interface FastifyRequest {
    /** What `fastify.requestContext.get()` answers during this request; null until its `onRequest` is over. */
    requestContext: RequestContext | null
  }
}

function createRequestContext (storage: AsyncLocalStorage<RequestContext | null>) {
  return {
    /** Context of the running request; null outside of requests, such as in timers of the server itself. */
    get: (): RequestContext | null => storage.getStore() ?? null
  }
}

/**
 * Carries the id of a request to wherever its code runs, so that log lines deep below can name it. It begins after
 * `onRequest`, whose hooks ask nobody else: what is answered there, a kept answer above all, does without it.
 */
export default fp(async function requestContext (fastify) {
  const storage = new AsyncLocalStorage<RequestContext | null>()
  fastify.decorate('requestContext', createRequestContext(storage))
  fastify.decorateRequest('requestContext', null)
  fastify.addHook('preParsing', function enter (request, _reply, _payload, done) {
    request.requestContext = new RequestContext(request)
    storage.run(request.requestContext, done)
  })
  // a body arrives by events of the socket, in another context than that of preParsing
  fastify.addHook('preValidation', function enterAgain (request, _reply, done) {
    storage.run(request.requestContext, done)
  })
}, { name: 'request-context' })
