import { createDecoder, createVerifier, type Algorithm, type VerifierOptions } from 'fast-jwt'
import type { FastifyBaseLogger } from 'fastify'
import { createKeySet } from './key-set.ts'
import { readJwks, type Key } from './jwk.ts'
import { readSource } from './source.ts'

/** Access tokens, and those in the cookies of pages. */
type Use = 'access' | 'page'
type Verify = (token: string) => unknown

interface Needs {
  source: string
  /** Of tokens without `kid`; empty: those are refused. */
  secret: string
  /** What every token of a use must claim. */
  claims: Record<Use, VerifierOptions>
  log: FastifyBaseLogger
}

interface Verifier extends Key {
  verify: Record<Use, Verify>
}

const readHeader = createDecoder({ complete: true }) as (token: string) => { header: { kid?: unknown } }

/** Verifies tokens by the key that their `kid` names, with the algorithm of that key, whatever else they say. */
export async function createKeyedVerifier ({ source, secret, claims, log }: Needs) {
  function verifiersBy (key: string, algorithm: Algorithm): Record<Use, Verify> {
    const verifierOf = (use: Use): Verify => createVerifier({ ...claims[use], key, algorithms: [algorithm] })
    return { access: verifierOf('access'), page: verifierOf('page') }
  }
  const withVerifiers = (key: Key): [string, Verifier] => [key.kid, { ...key, verify: verifiersBy(key.pem, key.alg) }]
  const keys = await createKeySet({ read: async () => new Map(readJwks(await readSource(source)).map(withVerifiers)), log })
  const nameless = secret === '' ? undefined : verifiersBy(secret, 'HS256')

  function verifiersOf (kid: unknown): Record<Use, Verify> | undefined {
    if (kid === undefined) return nameless
    return typeof kid === 'string' ? keys.get(kid)?.verify : undefined
  }

  return {
    refresh: keys.refresh,
    keyOf: (kid: string): Key | undefined => keys.get(kid),

    /** The claims of a token; throws if it is not to be believed. In the same turn: what its key is like was found out before. */
    verify (token: string, use: Use): unknown {
      const verifiers = verifiersOf(readHeader(token).header.kid)
      if (verifiers === undefined) throw new Error('The key of the token is unknown')
      return verifiers[use](token)
    }
  }
}
