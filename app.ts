import type { Server } from 'node:http'
import { join } from 'node:path'
import autoload from '@fastify/autoload'
import { LogController, type FastifyHttpOptions, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { answerConnectionError } from './connection-errors.ts'
import type { Environment } from './schemas/config.ts'

/** What a caller of the application may hand in: environment values that win over `process.env`. */
export interface AppOptions {
  env?: Environment
}

/** One line for each request, of level debug: `/metrics` counts them, and a line costs more than a kept answer. */
class RequestLog extends LogController {
  override incomingRequest (): void {}

  override requestCompleted (error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    if (error) super.requestCompleted(error, request, reply)
    else reply.log.debug({ req: request, res: reply, responseTime: reply.elapsedTime }, 'request completed')
  }
}

/** Server options of development (`fastify start --options`), production and tests alike. */
export const options = {
  // fastify-cli registers the application without a scope of its own, as the server and the tests do
  skipOverride: true,
  routerOptions: { maxParamLength: 200 },
  logController: new RequestLog(),
  bodyLimit: 102_400,
  // for a whole request, in ms; without activity on the socket; between requests, longer than balancers keep a connection
  requestTimeout: 30_000,
  connectionTimeout: 60_000,
  keepAliveTimeout: 72_000,
  // strangers get ten seconds for their headers, and two for being found out
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000, maxHeaderSize: 16_384, insecureHTTPParser: false },
  onProtoPoisoning: 'error',
  onConstructorPoisoning: 'error',
  clientErrorHandler: answerConnectionError,
  // filling an empty development database is part of the start, on a busy machine too
  pluginTimeout: 60_000,
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
  // a malformed URL reaches no route and no hook: it is answered as every other error is
  frameworkErrors (error, request, reply) { request.server.errorHandler(error, request, reply.headers({ ...request.server.securityHeaders })) }
} satisfies FastifyHttpOptions<Server> & { skipOverride: boolean }

/** The whole application: plugins of npm packages, our own plugins, then the routes. */
export default async function app (fastify: FastifyInstance, { env }: AppOptions): Promise<void> {
  const options = { env }
  await fastify.register(autoload, { dir: join(import.meta.dirname, 'plugins/external'), options })
  await fastify.register(autoload, { dir: join(import.meta.dirname, 'plugins/app'), options })
  await fastify.register(autoload, { dir: join(import.meta.dirname, 'routes'), options: { prefix: '/v1' } })
}
