import { createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../schemas/config.ts'
import { signCallback } from '../../scripts/callbacks/sign.ts'
import { eventOf, OLD_SECRET, OTHER_SECRET, providers, SECRET, send } from '../callbacks.ts'
import { buildApp } from '../helper.ts'

const now = () => Math.floor(Date.now() / 1000)
const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')

const build = (t: Test, env: Environment = {}) => buildApp(t, { env: { ...providers, ...env } })
const countOf = (fastify: FastifyInstance) => fastify.documents.collection('payment_events').countDocuments()

/** Status and code of an answer. */
async function outcomeOf (answer: ReturnType<typeof send>): Promise<string> {
  const response = await answer
  return response.statusCode === 202 ? '202' : `${response.statusCode} ${response.json<{ code: string }>().code}`
}

t.test('what the provider has not signed is refused, and all of it in the same words', async (t) => {
  const fastify = await build(t)
  const event = JSON.stringify(eventOf())
  const time = now()
  const right = hmac(SECRET, `${time}.${event}`)
  const forgeries: Record<string, string> = {
    nothing: '',
    'no time': `v1=${right}`,
    'no digest': `t=${time}`,
    'a guess': `t=${time},v1=${'0'.repeat(64)}`,
    'the digest of another body': signCallback(event.replace('10.0', '99.0'), [SECRET]),
    'the digest of another time': `t=${time + 1},v1=${right}`,
    'the digest of the body alone': `t=${time},v1=${hmac(SECRET, event)}`,
    'the secret of another provider': signCallback(event, [OTHER_SECRET]),
    'the empty secret': signCallback(event, ['']),
    'the text of no secret': signCallback(event, ['undefined']),
    'another scheme': `t=${time},v0=${right}`,
    'a shorter digest': `t=${time},v1=${right.slice(0, 62)}`,
    'a longer digest': `t=${time},v1=${right}00`,
    'an empty digest': `t=${time},v1=`,
    'letters that are no digits': `t=${time},v1=${'z'.repeat(64)}`,
    'more than the digest': `t=${time},v1=${right},x=1`,
    'more before it': `x=1,t=${time},v1=${right}`,
    'two times': `t=${time},t=${time},v1=${right}`,
    'a time that is no number': `t=now,v1=${right}`,
    'a negative time': `t=-${time},v1=${right}`,
    'a time in another notation': `t=${time}.0,v1=${right}`,
    'more digests than anybody has secrets': `t=${time}${`,v1=${'0'.repeat(64)}`.repeat(5)},v1=${right}`
  }
  const bodies = new Set<string>()
  for (const [name, signature] of Object.entries(forgeries)) {
    const response = await send(fastify, event, { headers: { 'sahm-signature': signature } })
    const { instance, ...body } = response.json<Record<string, string>>()
    t.equal(response.statusCode, 401, name)
    t.ok(instance)
    bodies.add(JSON.stringify(body))
  }
  t.equal(bodies.size, 1)
  t.match([...bodies][0], 'INVALID_SIGNATURE')
  const missing = await fastify.inject({ method: 'POST', url: '/v1/payments/callbacks/acme', headers: { 'content-type': 'application/json' }, payload: event })
  t.match(missing.json(), { status: 401, code: 'INVALID_SIGNATURE' })
  t.match(missing.headers['www-authenticate'], /^HMAC-SHA256/)
  t.equal(await countOf(fastify), 0)
})

t.test('a signature counts for five minutes, in either direction', async (t) => {
  const fastify = await build(t)
  const at = (offset: number) => outcomeOf(send(fastify, eventOf(), { timestamp: now() + offset }))

  for (const offset of [-295, 0, 295]) t.equal(await at(offset), '202', String(offset))
  for (const offset of [-310, 310, -1e9, 1e9]) t.equal(await at(offset), '401 SIGNATURE_EXPIRED', String(offset))
  const forged = { timestamp: now() - 310, secrets: [OTHER_SECRET] }
  t.equal(await outcomeOf(send(fastify, eventOf(), forged)), '401 INVALID_SIGNATURE', 'who does not know the secret is not told about the time')
})

t.test('a request that was listened to does nothing when it is sent again', async (t) => {
  const fastify = await build(t)
  const [event, timestamp] = [eventOf(), now()]
  for (let n = 0; n < 3; n++) t.equal(await outcomeOf(send(fastify, event, { timestamp })), '202')
  t.equal(await countOf(fastify), 1)
  t.equal(await outcomeOf(send(fastify, event, { provider: 'other', timestamp })), '401 INVALID_SIGNATURE', 'nor anywhere else')
})

t.test('while a secret is replaced both count, afterwards only the new one', async (t) => {
  const fastify = await build(t)
  for (const secrets of [[SECRET], [OLD_SECRET], [OLD_SECRET, SECRET], ['x'.repeat(32), SECRET], [SECRET, 'x'.repeat(32)]]) {
    t.equal(await outcomeOf(send(fastify, eventOf(), { secrets })), '202')
  }
  const later = await build(t, { PAYMENT_PROVIDERS: `acme:${SECRET}` })
  t.equal(await outcomeOf(send(later, eventOf(), { secrets: [OLD_SECRET] })), '401 INVALID_SIGNATURE')
  t.equal(await outcomeOf(send(later, eventOf(), { secrets: [SECRET] })), '202')
  t.equal(await outcomeOf(send(later, eventOf(), { provider: 'other', secrets: [OTHER_SECRET] })), '404 NOT_FOUND')
})

t.test('names of providers that there are not lead nowhere', async (t) => {
  const fastify = await build(t)
  const names = ['acm', 'ACME', 'acme%00', 'acme%2f', 'acme.', '__proto__', 'constructor', 'toString', 'size', '%24ne', '[$ne]=', '..%2f..%2fadmin', 'a'.repeat(190), '%f0%9f%92%b0', 'acme:other', ',']
  for (const provider of names) t.equal(await outcomeOf(send(fastify, eventOf(), { provider })), '404 NOT_FOUND', provider)
  const unconfigured = await build(t, { PAYMENT_PROVIDERS: '' })
  for (const provider of ['acme', '%20']) t.equal(await outcomeOf(send(unconfigured, eventOf(), { provider })), '404 NOT_FOUND', provider)
  t.equal(await countOf(fastify), 0)
})

t.test('a signature makes no nonsense true', async (t) => {
  const fastify = await build(t)
  const event = eventOf()
  const text = JSON.stringify(event)
  const withData = (data: object) => ({ ...event, data: { ...event.data, ...data } })
  const bodies: unknown[] = [
    '', ' ', '{', 'null', '[]', '"text"', '1', Buffer.from([0xff, 0xfe, 0x00]), `${text}x`,
    text.replace('{', '{"__proto__":{"isAdmin":true},'), text.replace('"data":{', '"data":{"__proto__":{"isAdmin":true},'),
    text.replace('{', '{"constructor":{"prototype":{"isAdmin":true}},'),
    text.replace('payment.succeeded', 'payout.paid').replace('"data":{', '"data":{"__proto__":{"isAdmin":true},'),
    { ...event, id: { $ne: null } }, { ...event, id: '' }, { ...event, id: 'a b' }, { ...event, id: 'x'.repeat(65) }, { ...event, type: { $gt: '' } }, { ...event, type: 'payment.$ne' },
    { ...event, created: 'yesterday' }, { ...event, created: -1 }, { ...event, created: 1e20 }, { ...event, created: '2026-12-31T23:59:60Z' }, { ...event, status: 'applied' },
    { ...event, data: [] }, { ...event, data: {} }, withData({ payment_id: { $ne: 1 } }), withData({ payment_id: '../1' }), withData({ user_id: '42' }), withData({ user_id: 0 }), withData({ user_id: 1.5 }),
    withData({ amount: 10 }), withData({ amount: '10' }), withData({ amount: '0.000000' }), withData({ amount: '-10.000000' }), withData({ amount: '1e3' }), withData({ amount: '9999999999.000000' }), withData({ balance: '1.000000' })
  ]
  for (const body of bodies) {
    const response = await send(fastify, body)
    t.equal(response.statusCode, 400, body instanceof Buffer ? 'bytes' : JSON.stringify(body))
  }
  t.equal(Reflect.get({}, 'isAdmin'), undefined)
  t.equal(await countOf(fastify), 0)
  t.equal(await outcomeOf(send(fastify, text, { headers: { 'content-type': 'text/plain' } })), '415 UNSUPPORTED_MEDIA_TYPE')
})

t.test('a huge body is refused before it is read to its end, and a signed event has room', async (t) => {
  const fastify = await build(t)
  const padded = (bytes: number) => JSON.stringify(eventOf({ type: 'payout.paid' })).replace('{', `{${' '.repeat(bytes)}`)
  t.equal(await outcomeOf(send(fastify, padded(65_536))), '413 PAYLOAD_TOO_LARGE')
  t.equal(await outcomeOf(send(fastify, padded(60_000))), '202')
})

t.test('who signs is never limited, who does not pays with the address', async (t) => {
  const fastify = await build(t, { RATE_LIMIT_ANONYMOUS: 50 })
  const headers = { 'sahm-signature': signCallback('another body', [SECRET]) }
  const forge = () => outcomeOf(send(fastify, eventOf(), { headers }))
  for (let n = 0; n < 4; n++) t.equal(await forge(), '401 INVALID_SIGNATURE')
  t.equal(await outcomeOf(send(fastify, eventOf(), { provider: 'nobody' })), '404 NOT_FOUND')
  for (let n = 0; n < 3; n++) t.equal(await forge(), '429 TOO_MANY_REQUESTS')
  t.equal(await outcomeOf(send(fastify, eventOf(), { provider: 'nobody' })), '429 TOO_MANY_REQUESTS')
  t.equal(await outcomeOf(send(fastify, `${' '.repeat(65_537)}`, { headers })), '429 TOO_MANY_REQUESTS')
  t.equal((await fastify.inject('/v1/limits')).statusCode, 429)

  for (let n = 0; n < 20; n++) t.equal(await outcomeOf(send(fastify, eventOf())), '202')
  t.equal(await outcomeOf(send(fastify, {})), '400 VALIDATION_FAILED', 'its own mistakes are told too')
})

t.test('no answer and no list has a secret or a signature', async (t) => {
  const fastify = await build(t)
  const { statusCode, payload, headers } = await send(fastify, eventOf())
  const stored = JSON.stringify(await fastify.documents.collection('payment_events').find().toArray())

  t.equal(statusCode, 202)
  for (const text of [payload, JSON.stringify(headers), stored]) for (const secret of [SECRET, OLD_SECRET, 'v1=']) t.notMatch(text, secret)
})
