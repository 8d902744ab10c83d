import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import { ClaimsSchema } from '../../../schemas/sessions.ts'
import type { Caller } from '../../../schemas/users.ts'

const claimsSchema = Compile(ClaimsSchema)

/** RFC 6750 §3.1. */
const INVALID_TOKEN = { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }

interface Source {
  /** The claims of a request's token; throws if it is not to be believed. */
  claimsOf: (request: FastifyRequest) => unknown
  /** What those are told whose token is not believed. */
  refusal: string
}

/** Reads who makes a request from its token; every fault of the token is the same 401. */
export function createTokenReader ({ httpErrors }: Pick<FastifyInstance, 'httpErrors'>, { claimsOf, refusal }: Source) {
  function verify (request: FastifyRequest): unknown {
    try {
      return claimsOf(request)
    } catch {
      throw httpErrors.createError(401, refusal, INVALID_TOKEN)
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
