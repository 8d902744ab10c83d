import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const make = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 })
}

export interface TestKey {
  privateKey: KeyObject
  publicKey: KeyObject
  privateJwk: object
  publicJwk: object
}

/** A new pair of keys under a name. */
export function makeKey (kid: string, alg: keyof typeof make = 'ES256'): TestKey {
  const { privateKey, publicKey } = make[alg]()
  const jwkOf = (key: KeyObject) => ({ ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' })
  return { privateKey, publicKey, privateJwk: jwkOf(privateKey), publicJwk: jwkOf(publicKey) }
}

/** What lists the given keys. */
export const jwksOf = (...keys: TestKey[]) => JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) })

/** Files of a signing key and of a JWKS, as the environment names them. */
export async function writeKeys (folder: string, signingKey: TestKey, jwks = jwksOf(signingKey)) {
  const paths = { JWT_SIGNING_KEY: join(folder, 'key.json'), JWT_JWKS: join(folder, 'jwks.json') }
  await writeFile(paths.JWT_SIGNING_KEY, JSON.stringify(signingKey.privateJwk))
  await writeFile(paths.JWT_JWKS, jwks)
  return paths
}
