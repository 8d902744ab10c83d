import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '../../../schemas/users.ts'
import { createTokenReader } from './token-reader.ts'

type Read = (refusal: Error | undefined, caller: Caller | null) => void

/**
 * Reads who makes a request. A token, and nothing, are read at once, in the same turn; only an API key is waited for.
 * Both at a time are a 400: which of them would count is nothing to guess.
 */
export function createCredentialsReader ({ apiKeys, httpErrors, jwt }: Pick<FastifyInstance, 'apiKeys' | 'httpErrors' | 'jwt'>) {
  const readToken = createTokenReader({ httpErrors, jwt })

  function tryToken (request: FastifyRequest, read: Read): void {
    let caller: Caller
    try {
      caller = readToken(request)
    } catch (error) {
      read(error as Error, null)
      return
    }
    read(undefined, caller)
  }

  return function readCredentials (request: FastifyRequest, read: Read): void {
    const { authorization, 'x-api-key': key } = request.headers
    if (key === undefined && authorization === undefined) read(undefined, null)
    else if (key === undefined) tryToken(request, read)
    else if (authorization !== undefined) read(httpErrors.badRequest('Send an access token or an API key, not both'), null)
    // Node.js joins a header that is sent twice, which no key is
    else apiKeys.identify(String(key)).then((caller) => { read(undefined, caller) }, (error: Error) => { read(error, null) })
  }
}
