import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import { ClaimsSchema } from '../../../schemas/sessions.ts'
import type { Caller } from '../../../schemas/users.ts'

const claimsSchema = Compile(ClaimsSchema)

/** RFC 6750 §3.1. */
const INVALID_TOKEN = { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }

/** Reads who makes a request from its access token; every fault of the token is the same 401. */
export function createTokenReader ({ jwt, httpErrors }: Pick<FastifyInstance, 'jwt' | 'httpErrors'>) {
  function verify (request: FastifyRequest): unknown {
    try {
      return jwt.verify(jwt.lookupToken(request))
    } catch {
      throw httpErrors.createError(401, 'The access token is invalid or has expired', INVALID_TOKEN)
    }
  }

  return function readCaller (request: FastifyRequest): Caller {
    const claims = verify(request)
    if (!claimsSchema.Check(claims)) throw httpErrors.createError(401, 'The access token is not one for this API', INVALID_TOKEN)
    return {
      user_id: Number(claims.sub),
      tier: claims.tier,
      analyst_id: claims.analyst_id,
      subscription_expires: claims.subscription_expires,
      session_id: claims.sid
    }
  }
}
