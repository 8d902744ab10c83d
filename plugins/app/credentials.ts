import type { IncomingHttpHeaders } from 'node:http'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The headers by which requests say who they are from. */
    credentials: typeof credentials
  }
}

const credentials = {
  /** Whether there are credentials in these headers, good or bad; a request without them is anonymous. */
  areIn: ({ authorization, 'x-api-key': key }: IncomingHttpHeaders): boolean => authorization !== undefined || key !== undefined,

  /** For `Vary`, where an answer depends on them. */
  vary: 'Authorization, X-API-Key'
} as const

/** One place that knows what credentials are. */
export default fp(async function credentialHeaders (fastify) {
  fastify.decorate('credentials', credentials)
}, { name: 'credentials' })
