import { createHmac, sign } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import config from '../../../plugins/external/config.ts'
import jwt from '../../../plugins/external/jwt/index.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildBare, testEnv } from '../../helper.ts'
import { jwksOf, makeKey, writeKeys, type TestKey } from '../../keys.ts'

const JWT_SECRET = 's'.repeat(32)
const [a, b] = [makeKey('a'), makeKey('b')]

async function build (t: Test, env: Environment) {
  const fastify = buildBare(t)
  const lines: string[] = []
  for (const level of ['info', 'warn'] as const) t.capture(fastify.log, level, (...args: unknown[]) => { lines.push(`${level} ${String(args.at(-1))}`) })
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(jwt)
  await fastify.ready()
  return { fastify, jwt: fastify.jwt, lines }
}

/** Lets time pass: the clock and its timers stand still otherwise. */
function stopClock (t: Test): void {
  mock.timers.enable({ apis: ['Date', 'setInterval'], now: Date.now() })
  t.teardown(() => { mock.timers.reset() })
}

async function until (t: Test, name: string, isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !isSo(); turn++) await setImmediate()
  t.ok(isSo(), name)
}

/** A server of a JWKS on the loopback interface that counts how often it is asked. */
async function serveKeys (t: Test, text: string) {
  const state = { text, status: 200, asked: 0 }
  const server = createServer((_request, response) => {
    state.asked++
    response.writeHead(state.status, { connection: 'close' }).end(state.text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json` })
}

function forge (header: object, signText: (text: string) => Buffer, changes: object = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: '7', iss: 'sahm', aud: 'sahm', exp: now + 60, ...changes }
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${signText(text).toString('base64url')}`
}
const by = ({ privateKey }: TestKey) => (text: string) => sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
const hmac = (secret: string | Buffer) => (text: string) => createHmac('sha256', secret).update(text).digest()
const ofKey = (key: TestKey, kid: string) => forge({ alg: 'ES256', kid }, by(key))
const accepts = ({ jwt }: Awaited<ReturnType<typeof build>>, token: string) => {
  try {
    return (jwt.verify<{ sub: string }>(token)).sub === '7'
  } catch {
    return false
  }
}

for (const alg of ['ES256', 'EdDSA', 'RS256'] as const) {
  t.test(`tokens are signed with ${alg} and verified by their kid`, async (t) => {
    const key = makeKey('k1', alg)
    const { jwt } = await build(t, await writeKeys(t.testdir(), key))
    const token = jwt.sign({ sub: '7' })

    t.match(jwt.decode(token, { complete: true }), { header: { alg, kid: 'k1' } })
    t.match(jwt.verify(token), { sub: '7', iss: 'sahm', aud: 'sahm', exp: Number })
    t.match(jwt.verify(jwt.sign({ sub: '8' }, { expiresIn: '2h' })), { sub: '8' })
  })
}

t.test('a key rotates step by step over a file', async (t) => {
  stopClock(t)
  const folder = t.testdir()
  const paths = await writeKeys(folder, a)
  const old = await build(t, paths)
  const oldToken = old.jwt.sign({ sub: '7' })

  await writeFile(paths.JWT_JWKS, jwksOf(a, b))
  t.notOk(accepts(old, ofKey(b, 'b')), 'not read yet')
  mock.timers.tick(300_000)
  await until(t, 'the new key is known, though nobody signs with it', () => accepts(old, ofKey(b, 'b')))

  await writeFile(paths.JWT_SIGNING_KEY, JSON.stringify(b.privateJwk))
  const next = await build(t, paths)
  t.ok(accepts(old, next.jwt.sign({ sub: '7' })), 'old instances accept what new ones sign')
  const stillGood = old.jwt.sign({ sub: '7' })
  t.ok(accepts(next, stillGood), 'and the other way round')

  await writeFile(paths.JWT_JWKS, jwksOf(b))
  mock.timers.tick(300_000)
  await until(t, 'the old key is gone', () => !accepts(next, ofKey(a, 'a')))
  t.ok(accepts(next, next.jwt.sign({ sub: '7' })))
  t.notOk(accepts(next, oldToken))
})

t.test('a flood of unknown kids asks a URL once in 30 seconds, and finds a new key by that', async (t) => {
  stopClock(t)
  const server = await serveKeys(t, jwksOf(a))
  const target = await build(t, { JWT_JWKS: server.url, JWT_SECRET })
  const flood = () => { for (let n = 0; n < 500; n++) accepts(target, ofKey(b, `unknown-${n}`)) }
  t.equal(server.asked, 1, 'at the start')
  flood()
  await setImmediate()
  t.equal(server.asked, 1, 'the start was just now')

  server.text = jwksOf(a, b)
  mock.timers.tick(30_000)
  flood()
  t.notOk(accepts(target, ofKey(b, 'b')), 'the request that finds out is refused')
  await until(t, 'the next is not', () => accepts(target, ofKey(b, 'b')))
  flood()
  await setImmediate()
  t.equal(server.asked, 2)
})

t.test('known keys go on while the source is away; the log tells it once', async (t) => {
  stopClock(t)
  const server = await serveKeys(t, jwksOf(a))
  const target = await build(t, { JWT_JWKS: server.url, JWT_SECRET })
  const faults = [{ status: 503 }, { status: 204 }, { status: 200, text: '{' }, { text: JSON.stringify({ keys: [a.privateJwk] }) }, { text: ' '.repeat(300_000) }]
  for (const [index, fault] of faults.entries()) {
    Object.assign(server, fault)
    mock.timers.tick(300_000)
    mock.timers.tick(300_000) // while the first is being asked
    await until(t, 'asked', () => server.asked === index + 2)
    for (let turn = 0; turn < 200; turn++) await setImmediate()
    t.ok(accepts(target, ofKey(a, 'a')))
    t.notOk(accepts(target, ofKey(b, 'b')))
  }
  t.strictSame(target.lines, ['warn token keys not read'])

  server.text = jwksOf(a, b)
  mock.timers.tick(300_000)
  await until(t, 'it is back', () => accepts(target, ofKey(b, 'b')))
  t.strictSame(target.lines, ['warn token keys not read', 'info token keys are read again'])

  await target.fastify.close()
  const { asked } = server
  mock.timers.tick(900_000)
  await setImmediate()
  t.equal(server.asked, asked, 'nothing is read after the close')
})

t.test('no token chooses its key or its algorithm', async (t) => {
  const rsa = makeKey('rsa', 'RS256')
  const target = await build(t, { ...await writeKeys(t.testdir(), a, jwksOf(a, b, rsa)), JWT_SECRET })
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
  t.ok(accepts(target, ofKey(a, 'a')), 'the forger works')
  t.ok(accepts(target, forge({ alg: 'HS256' }, hmac(JWT_SECRET))), 'the secret counts as long as it is configured')

  const refused = {
    'the kid of another key': ofKey(a, 'b'),
    'an unknown kid': ofKey(a, 'c'),
    'a kid that is no text': forge({ alg: 'ES256', kid: { a: 1 } }, by(a)),
    'no kid': forge({ alg: 'ES256' }, by(a)),
    'a public key for a secret': forge({ alg: 'HS256', kid: 'rsa' }, hmac(pem)),
    'a public key for a secret, without kid': forge({ alg: 'HS256' }, hmac(pem)),
    'the secret under a kid': forge({ alg: 'HS256', kid: 'a' }, hmac(JWT_SECRET)),
    'another algorithm of the key': forge({ alg: 'RS512', kid: 'rsa' }, (text) => sign('sha512', Buffer.from(text), rsa.privateKey)),
    'the algorithm of another key': forge({ alg: 'RS256', kid: 'a' }, (text) => sign('sha256', Buffer.from(text), rsa.privateKey)),
    'no algorithm': forge({ alg: 'none', kid: 'a' }, () => Buffer.alloc(0)),
    'a key of its own': forge({ alg: 'ES256', kid: 'z', jwk: b.publicJwk }, by(b)),
    'no issuer': forge({ alg: 'ES256', kid: 'a' }, by(a), { iss: undefined }),
    'another audience': forge({ alg: 'ES256', kid: 'a' }, by(a), { aud: 'else' }),
    'no subject': forge({ alg: 'ES256', kid: 'a' }, by(a), { sub: undefined }),
    'no expiry': forge({ alg: 'ES256', kid: 'a' }, by(a), { exp: undefined }),
    expired: forge({ alg: 'ES256', kid: 'a' }, by(a), { exp: 1 }),
    nonsense: 'nonsense'
  }
  for (const [fault, token] of Object.entries(refused)) t.throws(() => { target.jwt.verify(token) }, fault)
})

t.test('without a secret tokens without kid are refused', async (t) => {
  const target = await build(t, await writeKeys(t.testdir(), a))

  for (const secret of [JWT_SECRET, '', 'undefined']) t.notOk(accepts(target, forge({ alg: 'HS256' }, hmac(secret))))
})

t.test('what is missing, malformed, secret or of no use is refused at the start, and not quoted', async (t) => {
  const set = (...keys: object[]) => JSON.stringify({ keys })
  const without = (key: object, name: string) => Object.fromEntries(Object.entries(key).filter(([other]) => other !== name))
  const jwks: [text: string, message: RegExp][] = [
    ['secret', /^JWT_JWKS is not JSON$/],
    ['[]', /is not a JWKS/],
    [set(), /is not a JWKS/],
    [set(a.privateJwk), /has a key that is secret/],
    [set({ kty: 'oct', k: 'AAAA', kid: 'a', alg: 'HS256' }), /has a key that is secret/],
    [set(a.publicJwk, a.publicJwk), /two keys of one kid/],
    [set(b.publicJwk), /does not list the public half/],
    [set({ ...b.publicJwk, kid: 'a' }), /does not list the public half/],
    [set({ ...a.publicJwk, x: 'AAAA' }), /^JWT_JWKS /],
    ...[without(a.publicJwk, 'kid'), without(a.publicJwk, 'alg'), { ...a.publicJwk, use: 'enc' }, { ...a.publicJwk, alg: 'HS256' }, { ...a.publicJwk, alg: 'RS256' }]
      .map((key): [string, RegExp] => [set(key), /is not an ES256, EdDSA or RS256 key/])
  ]
  for (const [text, message] of jwks) await t.rejects(build(t, await writeKeys(t.testdir(), a, text)), { message }, text)

  for (const [text, message] of [['{"d":"secret', /^JWT_SIGNING_KEY is not JSON$/], ...[a.publicJwk, without(a.privateJwk, 'kid'), without(a.privateJwk, 'alg')].map((key) => [JSON.stringify(key), /JWT_SIGNING_KEY is not a private/] as const)] as const) {
    const paths = await writeKeys(t.testdir(), a)
    await writeFile(paths.JWT_SIGNING_KEY, text)
    await t.rejects(build(t, paths), { message }, text)
  }
  const paths = await writeKeys(t.testdir(), a)
  for (const name of ['JWT_SIGNING_KEY', 'JWT_JWKS']) await t.rejects(build(t, { ...paths, [name]: join(t.testdirName, 'none') }), { message: new RegExp(`^${name} ENOENT`) })
})

t.test('tokens of pages are of the same keys, and no access tokens', async (t) => {
  const { fastify } = await build(t, await writeKeys(t.testdir(), a, jwksOf(a, b)))
  const { pageTokens } = fastify
  const audience = { aud: 'sahm/ops/queues' }

  t.match(pageTokens.verify(pageTokens.sign({ sub: '7' }, 60)), { sub: '7', ...audience })
  t.match(pageTokens.verify(forge({ alg: 'ES256', kid: 'b' }, by(b), audience)), { sub: '7' }, 'another instance has signed it with the next key')
  t.throws(() => { fastify.jwt.verify(pageTokens.sign({ sub: '7' }, 60)) })
  for (const token of [ofKey(a, 'a'), fastify.jwt.sign({ sub: '7' }), forge({ alg: 'ES256', kid: 'c' }, by(b), audience)]) t.throws(() => { pageTokens.verify(token) })
})
