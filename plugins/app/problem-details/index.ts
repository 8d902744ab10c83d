import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createKnownUrls } from './known-urls.ts'
import { databaseIsAway, isRefusedAtOnce, problemOf } from './problem.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What a client may know of an error, for REST and GraphQL alike. */
    problemOf: typeof problemOf
    /** Whether an error says that the database could not be asked just now, and nothing of what was asked. */
    databaseIsAway: typeof databaseIsAway
  }
}

const RETRY_AFTER_S = '5'

function hasHeaders (error: unknown): error is Error & { headers: Record<string, string> } {
  return error instanceof Error && 'headers' in error && error.headers instanceof Object
}

/** Headers of the error, with those that its status asks for (RFC 9110 §15.5.2, §15.6.4). */
function headersOf (error: unknown, status: number): Record<string, string> {
  const own = hasHeaders(error) ? error.headers : {}
  if (status === 401) return { 'www-authenticate': 'Bearer', ...own }
  return status === 503 ? { 'retry-after': RETRY_AFTER_S, ...own } : own
}

function answerError (error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = { ...problemOf(error), instance: request.id }
  // refusals come by the thousand, and are counted: whoever refuses says so in the log once
  if (problem.status >= 500 && problem.code !== 'OVERLOADED' && !isRefusedAtOnce(error)) request.log.error({ err: error, req: request }, 'request failed')
  reply.code(problem.status).headers(headersOf(error, problem.status)).type('application/problem+json').send(problem)
}

/** Every error answers with problem details (RFC 9457), unknown URLs and wrong methods included. */
export default fp(async function problemDetails (fastify) {
  const { httpErrors } = fastify
  const urls = createKnownUrls()

  fastify.decorate('problemOf', problemOf)
  fastify.decorate('databaseIsAway', databaseIsAway)
  fastify.setErrorHandler(answerError)
  fastify.addHook('onRoute', function remember ({ url, method }) {
    urls.add(url, [method].flat())
  })
  fastify.setNotFoundHandler(function refuseUnknown (request) {
    const [path = ''] = request.url.split('?')
    const methods = urls.methodsOf(path)
    if (methods.length === 0) throw httpErrors.notFound('There is nothing at this URL')
    throw httpErrors.createError(405, 'This URL does not know the method', { headers: { allow: methods.join(', ') } })
  })
}, { name: 'problem-details', dependencies: ['sensible'] })
