import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '../../../schemas/users.ts'
import { createTokenReader } from './token-reader.ts'

type Read = (refusal: Error | undefined, caller: Caller | null) => void
type ReadCredentials = (request: FastifyRequest, read: Read) => void

/** Reads a token at once, in the same turn. */
function tryToken (readToken: (request: FastifyRequest) => Caller): ReadCredentials {
  return function tryIt (request, read) {
    let caller: Caller
    try {
      caller = readToken(request)
    } catch (error) {
      read(error as Error, null)
      return
    }
    read(undefined, caller)
  }
}

/**
 * Reads who makes a request. A token, and nothing, are read at once, in the same turn; only an API key is waited for.
 * Both at a time are a 400: which of them would count is nothing to guess.
 */
export function createCredentialsReader ({ apiKeys, httpErrors, jwt }: Pick<FastifyInstance, 'apiKeys' | 'httpErrors' | 'jwt'>): ReadCredentials {
  const readToken = tryToken(createTokenReader({ httpErrors }, {
    claimsOf: (request) => jwt.verify(jwt.lookupToken(request)),
    refusal: 'The access token is invalid or has expired'
  }))

  return function readCredentials (request, read) {
    const { authorization, 'x-api-key': key } = request.headers
    if (key === undefined && authorization === undefined) read(undefined, null)
    else if (key === undefined) readToken(request, read)
    else if (authorization !== undefined) read(httpErrors.badRequest('Send an access token or an API key, not both'), null)
    // Node.js joins a header that is sent twice, which no key is
    else apiKeys.identify(String(key)).then((caller) => { read(undefined, caller) }, (error: Error) => { read(error, null) })
  }
}

/** Reads who makes a request from the cookie of a page, and from nothing else. */
export function createCookieReader ({ httpErrors, pageSessions }: Pick<FastifyInstance, 'httpErrors' | 'pageSessions'>): ReadCredentials {
  return tryToken(createTokenReader({ httpErrors }, { claimsOf: pageSessions.verify, refusal: 'Sign in at /ops, and open this page from there' }))
}
