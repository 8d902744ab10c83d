import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { readProviders } from './providers.ts'
import { isSignedBy, readSignature, type Signature } from './signature.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Only what the provider in the parameter `provider` has signed reaches the route. Its scope must leave bodies as
     * buffers: the signature is of the bytes, which are parsed when it is true.
     */
    webhook?: true
  }
  interface FastifyRequest {
    /** Whether the body is what a provider has signed. */
    isSigned: boolean
  }
}

const HEADER = 'sahm-signature'
/** Age up to which a signature counts, and time by which it may be ahead of our clock. */
const WINDOW_MS = 300_000
const MS_PER_S = 1000
/** Units that a callback costs its sender's address if it is refused before its signature is found true; all others cost nothing. */
const REFUSED_COST = 10

const NOTHING = Buffer.alloc(0)

function createVerification (fastify: FastifyInstance) {
  const { config, httpErrors } = fastify
  const providers = readProviders(config.PAYMENT_PROVIDERS)
  const parse = fastify.getDefaultJsonParser('error', 'error')
  const headers = { 'www-authenticate': `HMAC-SHA256 header="${HEADER}"` }
  const refuse = (code: string, message: string) => httpErrors.createError(401, message, { code, headers })

  function secretsOf ({ params }: FastifyRequest): readonly string[] {
    const secrets = providers.get((params as { provider: string }).provider)
    if (secrets === undefined) throw httpErrors.notFound('There is no such provider')
    return secrets
  }

  /** A missing signature, one of another form and a wrong one are the same refusal: nobody learns by trying. */
  function signatureOf (request: FastifyRequest): Signature {
    const signature = readSignature(request.headers[HEADER])
    if (signature === null) throw refuse('INVALID_SIGNATURE', 'The callback is not signed by the provider')
    return signature
  }

  function requireTrue (request: FastifyRequest, body: Buffer): void {
    const signature = signatureOf(request)
    if (!isSignedBy(secretsOf(request), signature, body)) throw refuse('INVALID_SIGNATURE', 'The callback is not signed by the provider')
    // only who knows the secret is told that it is too late
    if (Math.abs(Date.now() - Number(signature.timestamp) * MS_PER_S) > WINDOW_MS) throw refuse('SIGNATURE_EXPIRED', 'The signature is older than five minutes, or of the future: sign again')
    request.isSigned = true
  }

  /** Before the body is read. */
  async function checkHeaders (request: FastifyRequest): Promise<void> {
    secretsOf(request)
    signatureOf(request)
  }

  /** Parses the body, if it is signed. */
  async function checkBody (request: FastifyRequest): Promise<void> {
    const body = Buffer.isBuffer(request.body) ? request.body : NOTHING
    requireTrue(request, body)
    request.body = await new Promise((resolve, reject) => {
      const parsing = parse(request, body.toString(), (error, parsed) => { if (error) reject(error); else resolve(parsed) })
      Promise.resolve(parsing).catch(reject)
    })
  }

  return { checkHeaders, checkBody }
}

/**
 * Callbacks of providers: HMAC-SHA256 over time and body, as Stripe has it (https://docs.stripe.com/webhooks#verify-manually), with
 * two secrets while one is replaced. What is signed is never refused by a rate limit; what is not costs its address. It
 * fails closed, and needs nothing but the configuration.
 */
export default fp(async function webhookSignatures (fastify) {
  const { rateLimits } = fastify
  const { checkHeaders, checkBody } = createVerification(fastify)
  fastify.decorateRequest('isSigned', false)

  fastify.addHook('onRoute', function attachVerification (route) {
    if (route.config?.webhook !== true) return
    route.onRequest = [...[route.onRequest ?? []].flat(), checkHeaders]
    route.preValidation = [checkBody, ...[route.preValidation ?? []].flat()]
    route.errorHandler = async function chargeStranger (error, request, reply) {
      if (!request.isSigned) await rateLimits.charge(request, reply, REFUSED_COST)
      throw error
    }
  })
}, { name: 'webhook-signatures', dependencies: ['config', 'problem-details', 'rate-limits', 'sensible'] })
