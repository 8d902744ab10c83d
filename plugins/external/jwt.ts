import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'

const NAME = 'sahm'

/** Signs and verifies access tokens: one algorithm, our issuer and audience, and an expiry without fail. */
export default fp(async function accessTokens (fastify) {
  await fastify.register(jwt, {
    secret: fastify.config.JWT_SECRET,
    sign: { algorithm: 'HS256', iss: NAME, aud: NAME, expiresIn: `${fastify.config.ACCESS_TOKEN_TTL_S}s` },
    verify: { algorithms: ['HS256'], allowedIss: NAME, allowedAud: NAME, requiredClaims: ['exp', 'sub', 'iss', 'aud'] }
  })
}, { name: 'jwt', dependencies: ['config'] })
