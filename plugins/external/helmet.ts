import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import fp from 'fastify-plugin'
import helmet from 'helmet'

declare module 'fastify' {
  interface FastifyInstance {
    /** Headers of every answer, for those that pass no hook. */
    securityHeaders: Readonly<Record<string, string>>
  }
}

const HSTS_MAX_AGE_S = 63_072_000

/** Helmet makes the same headers for every request, so one is enough; HTTP says itself what the rest of a page's headers are for. */
function headersOf (isProduction: boolean): Record<string, string> {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const secure = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } },
    // only browsers on a TLS origin obey it, and for two years: no host of a developer may fall under it
    strictTransportSecurity: isProduction && { maxAge: HSTS_MAX_AGE_S, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    // these four are for pages
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xXssProtection: false,
    xPermittedCrossDomainPolicies: false,
    xPoweredBy: false
  })
  secure(response.req, response, () => {})
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]))
}

/**
 * The headers that OWASP asks an API for (https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html): an
 * answer is no page, and is sent by no cross-origin page. The pages at `/docs` and `/graphiql` have a policy of their own.
 */
export default fp(async function securityHeaders (fastify) {
  const headers = headersOf(fastify.config.NODE_ENV === 'production')

  fastify.decorate('securityHeaders', headers)
  fastify.addHook('onRequest', function secure (_request, reply, done) {
    reply.headers(headers)
    done()
  })
}, { name: 'helmet', dependencies: ['config'] })
