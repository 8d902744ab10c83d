import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { addPeople } from '../people.ts'
import { startTarget } from './server.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hmac = (hash: string, key: string) => (text: string) => createHmac(hash, key).update(text).digest('base64url')

function forge (header: object, claims: object, signText: (text: string) => string): string {
  const text = `${encode({ typ: 'JWT', ...header })}.${encode(claims)}`
  return `${text}.${signText(text)}`
}

t.test('no forged token is believed', async (t) => {
  const { fastify, attack } = await startTarget(t)
  const { user } = await addPeople(fastify)
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: String(user.user_id), tier: 'admin', analyst_id: null, subscription_expires: null, sid: 'a'.repeat(24), iss: 'sahm', aud: 'sahm', iat: now, exp: now + 60 }
  const secret = fastify.config.JWT_SECRET
  const ours = (changes: object) => forge({ alg: 'HS256' }, { ...claims, ...changes }, hmac('sha256', secret))
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const signed = ours({})
  const forged: Record<string, string> = {
    'no algorithm': forge({ alg: 'none' }, claims, () => ''),
    'no algorithm, other letters': forge({ alg: 'NoNe' }, claims, () => ''),
    'no signature': signed.slice(0, signed.lastIndexOf('.') + 1),
    'another HMAC': forge({ alg: 'HS512' }, claims, hmac('sha512', secret)),
    'an asymmetric algorithm': forge({ alg: 'RS256' }, claims, (text) => sign('sha256', Buffer.from(text), privateKey).toString('base64url')),
    'a public key for a secret': forge({ alg: 'HS256' }, claims, hmac('sha256', pem)),
    'a key of its own': forge({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }, claims, hmac('sha256', 'AAAA')),
    'a path for a key': forge({ alg: 'HS256', kid: '../../dev/null' }, claims, hmac('sha256', '')),
    'an empty secret': forge({ alg: 'HS256' }, claims, hmac('sha256', '')),
    'no expiry': ours({ exp: undefined }),
    'an expiry in the past': ours({ exp: now - 1 }),
    'an expiry that is none': ours({ exp: 'never' }),
    'a start in the future': ours({ nbf: now + 3600 }),
    'another issuer': ours({ iss: 'https://sahm' }),
    'no issuer': ours({ iss: undefined }),
    'no audience': ours({ aud: undefined }),
    'another audience': ours({ aud: ['other'] }),
    'no user': ours({ sub: undefined }),
    'an operator for a user': ours({ sub: { $gt: '' } }),
    'a scope for a tier': ours({ tier: 'root' })
  }

  t.equal((await attack('/v1/users', { headers: { authorization: `Bearer ${signed}` } })).status, 200, 'the forger works')
  for (const [name, token] of Object.entries(forged)) {
    const { status, code, headers } = await attack('/v1/users', { headers: { authorization: `Bearer ${token}` } })
    t.strictSame([status, code], [401, 'UNAUTHENTICATED'], name)
    t.equal(headers['www-authenticate'], 'Bearer error="invalid_token"', name)
  }
})
