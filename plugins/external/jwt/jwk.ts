import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'

const text = Type.String({ minLength: 1 })
const use = Type.Optional(Type.Literal('sig'))

/** The algorithm goes with the kind of the key, so that no token can choose it. RSA of 2048 bits has a modulus of 342 letters. */
const JwkSchema = Type.Union([
  Type.Object({ kid: text, use, alg: Type.Literal('ES256'), kty: Type.Literal('EC'), crv: Type.Literal('P-256'), x: text, y: text }),
  Type.Object({ kid: text, use, alg: Type.Literal('EdDSA'), kty: Type.Literal('OKP'), crv: Type.Literal('Ed25519'), x: text }),
  Type.Object({ kid: text, use, alg: Type.Literal('RS256'), kty: Type.Literal('RSA'), n: Type.String({ minLength: 342 }), e: text })
])
const jwkSchema = Compile(JwkSchema)
const privateSchema = Compile(Type.Object({ d: text }))
const jwksSchema = Compile(Type.Object({ keys: Type.Array(Type.Object({}), { minItems: 1 }) }))

/** A key as the library of tokens wants it. */
export interface Key {
  alg: Static<typeof JwkSchema>['alg']
  kid: string
  pem: string
}

function parse (json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // the error of JSON.parse quotes the text, which may be a private key
    throw new Error('is not JSON')
  }
}

const publicPem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

function readPublic (jwk: object): Key {
  if ('d' in jwk || 'k' in jwk) throw new Error('has a key that is secret')
  if (!jwkSchema.Check(jwk)) throw new Error('has a key that is not an ES256, EdDSA or RS256 key for signatures with kid and alg')
  return { alg: jwk.alg, kid: jwk.kid, pem: publicPem(createPublicKey({ key: jwk, format: 'jwk' })) }
}

/** The keys of a JWKS (RFC 7517 §5); one that is not to be trusted refuses the whole set. */
export function readJwks (json: string): Key[] {
  const jwks = parse(json)
  if (!jwksSchema.Check(jwks)) throw new Error('is not a JWKS with at least one key')
  const keys = jwks.keys.map(readPublic)
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new Error('has two keys of one kid')
  return keys
}

/** The key that signs, with its public half. */
export function readSigningKey (json: string): Key & { publicPem: string } {
  const jwk = parse(json)
  if (!jwkSchema.Check(jwk) || !privateSchema.Check(jwk)) throw new Error('is not a private ES256, EdDSA or RS256 key for signatures with kid and alg')
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return { alg: jwk.alg, kid: jwk.kid, pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), publicPem: publicPem(createPublicKey(key)) }
}
