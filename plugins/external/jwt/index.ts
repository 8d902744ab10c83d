import { readFile } from 'node:fs/promises'
import jwt, { type FastifyJWTOptions } from '@fastify/jwt'
import { createVerifier } from 'fast-jwt'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { readSigningKey } from './jwk.ts'
import { createKeyedVerifier } from './verifier.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Tokens in the cookies of pages: of the same keys, and of an audience of their own, so that they are no access tokens, nor these they. */
    pageTokens: {
      /** `lifeS` in seconds. */
      sign: (claims: object, lifeS: number) => string
      /** The claims of a token; throws if it is not to be believed. */
      verify: (token: string) => unknown
    }
  }
}

const REFRESH_MS = 300_000

/** Who does not start should know by which variable. */
async function naming<T> (variable: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new Error(`${variable} ${(error as Error).message}`, { cause: error })
  }
}

async function loadSigningKey (path: string) {
  return path === '' ? undefined : naming('JWT_SIGNING_KEY', async () => readSigningKey(await readFile(path, 'utf8')))
}
type SigningKey = Awaited<ReturnType<typeof loadSigningKey>>

function optionsOf ({ ACCESS_TOKEN_TTL_S: ttlS, JWT_AUDIENCE: aud, JWT_ISSUER: iss, JWT_SECRET: secret }: FastifyInstance['config'], key: SigningKey) {
  const sign = { iss, aud, expiresIn: `${ttlS}s` }
  return {
    secret: key ? { private: key.pem, public: key.publicPem } : secret,
    sign: key ? { ...sign, algorithm: key.alg, kid: key.kid } : { ...sign, algorithm: 'HS256' },
    verify: { algorithms: [key?.alg ?? 'HS256'], allowedIss: iss, allowedAud: aud, requiredClaims: ['exp', 'sub', 'iss', 'aud'] }
  } satisfies FastifyJWTOptions
}

/** Signs and verifies access tokens: one algorithm for each key, our issuer and audience, and an expiry without fail. */
export default fp(async function accessTokens (fastify) {
  const { JWT_JWKS: source, JWT_SECRET: secret, JWT_SIGNING_KEY: path } = fastify.config
  const signingKey = await loadSigningKey(path)
  const options = optionsOf(fastify.config, signingKey)
  await fastify.register(jwt, options)
  const aud = `${fastify.config.JWT_AUDIENCE}/ops/queues`
  const page = { ...options.verify, allowedAud: aud }
  const pageTokens = {
    sign: (claims: object, lifeS: number) => fastify.jwt.sign(claims, { aud, expiresIn: `${lifeS}s` }),
    verify: createVerifier({ ...page, key: signingKey?.publicPem ?? secret }) as (token: string) => unknown
  }
  fastify.decorate('pageTokens', pageTokens)
  if (source === '') return

  const verifier = await naming('JWT_JWKS', () => createKeyedVerifier({ source, secret, claims: { access: options.verify, page }, log: fastify.log }))
  if (signingKey && verifier.keyOf(signingKey.kid)?.pem !== signingKey.publicPem) throw new Error('JWT_JWKS does not list the public half of JWT_SIGNING_KEY')
  Object.assign(fastify.jwt, { verify: (token: string) => verifier.verify(token, 'access') })
  pageTokens.verify = (token) => verifier.verify(token, 'page')
  const timer = setInterval(verifier.refresh, REFRESH_MS).unref()
  fastify.addHook('onClose', async () => { clearInterval(timer) })
}, { name: 'jwt', dependencies: ['config'] })
