import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'

/** Signs and verifies access tokens: one algorithm, our issuer and audience, and an expiry without fail. */
export default fp(async function accessTokens (fastify) {
  const { ACCESS_TOKEN_TTL_S: ttlS, JWT_AUDIENCE: audience, JWT_ISSUER: issuer, JWT_SECRET: secret } = fastify.config
  await fastify.register(jwt, {
    secret,
    sign: { algorithm: 'HS256', iss: issuer, aud: audience, expiresIn: `${ttlS}s` },
    verify: { algorithms: ['HS256'], allowedIss: issuer, allowedAud: audience, requiredClaims: ['exp', 'sub', 'iss', 'aud'] }
  })
}, { name: 'jwt', dependencies: ['config'] })
