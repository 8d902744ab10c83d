import { createDecoder, createVerifier, type VerifierOptions } from 'fast-jwt'
import type { FastifyBaseLogger } from 'fastify'
import { createKeySet } from './key-set.ts'
import { readJwks, type Key } from './jwk.ts'
import { readSource } from './source.ts'

interface Needs {
  source: string
  /** Of tokens without `kid`; empty: those are refused. */
  secret: string
  /** What every token must claim. */
  claims: VerifierOptions
  log: FastifyBaseLogger
}

interface Verifier extends Key {
  verify: (token: string) => unknown
}

const readHeader = createDecoder({ complete: true }) as (token: string) => { header: { kid?: unknown } }

/** Verifies tokens by the key that their `kid` names, with the algorithm of that key, whatever else they say. */
export async function createKeyedVerifier ({ source, secret, claims, log }: Needs) {
  function withVerifier (key: Key): [string, Verifier] {
    return [key.kid, { ...key, verify: createVerifier({ ...claims, key: key.pem, algorithms: [key.alg] }) }]
  }
  const keys = await createKeySet({ read: async () => new Map(readJwks(await readSource(source)).map(withVerifier)), log })
  const verifyNameless = secret === '' ? undefined : createVerifier({ ...claims, key: secret, algorithms: ['HS256'] })

  function verifierOf (kid: unknown): ((token: string) => unknown) | undefined {
    if (kid === undefined) return verifyNameless
    return typeof kid === 'string' ? keys.get(kid)?.verify : undefined
  }

  return {
    refresh: keys.refresh,
    keyOf: (kid: string): Key | undefined => keys.get(kid),

    /** The claims of a token; throws if it is not to be believed. In the same turn: what its key is like was found out before. */
    verify (token: string): unknown {
      const verify = verifierOf(readHeader(token).header.kid)
      if (verify === undefined) throw new Error('The key of the token is unknown')
      return verify(token)
    }
  }
}
