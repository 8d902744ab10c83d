import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { PAYOUT_SECRET, startPayouts } from '../../../payouts.ts'
import { build, buildClient, buildWith, NEVER, PAYMENT } from './helper.ts'

const TOLD = { ...PAYMENT, amount: '12.500000' }

t.test('a payment is paid once, however often it is asked for, and can be looked up', async (t) => {
  const { sandbox, pay, lookUp, asked, fastify } = await build(t)
  t.equal(fastify.payouts.configured, true)
  t.strictSame(await lookUp(), { outcome: 'absent' })
  const paid = { outcome: 'paid', reference: /^0x[0-9a-f]{64}$/ }

  t.match(await Promise.all(Array.from({ length: 10 }, () => pay())), Array.from({ length: 10 }, () => paid))
  t.match(await lookUp(), paid)
  t.match(await sandbox.payments(), [{ ...TOLD, status: 'paid' }])
  t.strictSame([await asked('pay', 'paid'), await asked('look_up', 'paid'), await asked('look_up', 'absent')], [10, 1, 1])
})

t.test('each request is signed, and says by its key what is paid once', async (t) => {
  const heard: { method: string, url: string, body: string, headers: NodeJS.Dict<string | string[]> }[] = []
  const { pay, lookUp } = await buildWith(t, (request, response) => {
    text(request).then((body) => {
      heard.push({ method: String(request.method), url: String(request.url), body, headers: request.headers })
      response.end(JSON.stringify({ ...TOLD, status: 'pending' }))
    }, () => {})
  })
  t.strictSame([await pay(), await lookUp()], [{ outcome: 'pending' }, { outcome: 'pending' }])

  t.match(heard, [
    { method: 'POST', url: '/payouts', body: JSON.stringify(TOLD), headers: { 'idempotency-key': PAYMENT.id, 'content-type': 'application/json' } },
    { method: 'GET', url: `/payouts/${PAYMENT.id}`, body: '' }
  ])
  for (const { method, url, body, headers } of heard) {
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['sahm-signature'])) ?? []
    t.equal(mac, createHmac('sha256', PAYOUT_SECRET).update(`${time}.${method}.${url}.${body}`).digest('hex'))
    t.ok(Math.abs(Date.now() / 1000 - Number(time)) < 60)
  }
})

t.test('a refusal is for good, what is pending is paid later', async (t) => {
  let time = Date.now()
  const { sandbox, pay, lookUp } = await build(t, {}, { clock: () => time })
  sandbox.control({ mode: 'refuse', times: 1 })
  const refused = { outcome: 'refused', reason: 'The address is on a list' }
  t.strictSame([await pay(), await pay(), await lookUp()], [refused, refused, refused])

  const second = { ...PAYMENT, id: 'second' }
  sandbox.control({ mode: 'pending', delay_ms: 1000 })
  t.strictSame([await pay(second), await lookUp(second)], [{ outcome: 'pending' }, { outcome: 'pending' }])
  time += 1000
  t.match(await lookUp(second), { outcome: 'paid' })
  t.match(await pay(second), { outcome: 'paid' })
})

t.test('what may have been paid is unknown until it is looked up', async (t) => {
  const { sandbox, pay, lookUp } = await build(t, { PAYOUT_BREAKER_FAILURES: 100 })
  for (const [mode, reason, known] of [
    ['drop-before', 'network', 'absent'], ['drop-after', 'network', 'paid'],
    ['fail-before', 'status 500 without a statement', 'absent'], ['fail-after', 'status 500 without a statement', 'paid']
  ] as const) {
    sandbox.control({ mode })
    const payment = { ...PAYMENT, id: mode }
    t.strictSame(await pay(payment), { outcome: 'unknown', reason }, mode)
    t.match(await lookUp(payment), { outcome: known }, mode)
  }
  sandbox.control({ mode: 'drop-before', on: 'look_up' })
  t.strictSame(await lookUp(), { outcome: 'unknown', reason: 'network' })
  sandbox.control({ mode: 'busy', on: 'look_up' })
  t.match(await lookUp(), { outcome: 'unknown', reason: 'status 503 with the statement not_taken' })
})

t.test('an answer that comes too late is unknown, paid before or after it', async (t) => {
  for (const mode of ['late', 'slow'] as const) {
    const { sandbox, pay, lookUp } = await build(t, { PAYOUT_TIMEOUT_MS: 150 })
    sandbox.control({ mode, delay_ms: 600 })
    t.strictSame(await pay(), { outcome: 'unknown', reason: 'timeout' })
    t.match(await lookUp(), { outcome: mode === 'late' ? 'paid' : 'absent' }, mode)
    let outcome = 'absent'
    while (outcome === 'absent') ({ outcome } = await lookUp())
    t.equal(outcome, 'paid', 'it is paid all the same')
  }
})

t.test('nothing is believed of an answer that lies or says too little', async (t) => {
  const { sandbox, pay, lookUp } = await build(t, { PAYOUT_BREAKER_FAILURES: 100 })
  for (const [lie, reason] of [
    ['id', 'status 200 with a statement of another payment'], ['amount', 'status 200 with a statement of another payment'],
    ['address', 'status 200 with a statement of another payment'], ['status', 'status 500 with the statement paid'],
    ['json', 'malformed'], ['shape', 'status 200 without a statement'], ['huge', 'too_large'], ['redirect', 'status 307 with the statement paid']
  ] as const) {
    const payment = { ...PAYMENT, id: lie }
    sandbox.control({ mode: 'lie', lie, on: 'all' })
    t.strictSame([await pay(payment), await lookUp(payment)], [{ outcome: 'unknown', reason }, { outcome: 'unknown', reason }], lie)
  }
  t.equal((await sandbox.payments()).length, 8, 'each was paid')
})

t.test('statements count with their own status only', async (t) => {
  let answer: [number, object] = [200, {}]
  const { pay, lookUp } = await buildWith(t, (request, response) => { request.resume(); response.writeHead(answer[0]).end(JSON.stringify(answer[1])) }, { PAYOUT_BREAKER_FAILURES: 100 })
  const { id } = PAYMENT
  const cases: [number, object, string, string][] = [
    [404, { id, status: 'absent' }, 'unknown', 'absent'],
    [200, { id, status: 'absent' }, 'unknown', 'unknown'],
    [404, { error: 'no such route' }, 'unknown', 'unknown'],
    [404, { id: 'other', status: 'absent' }, 'unknown', 'unknown'],
    [429, { id, status: 'not_taken', reason: 'busy' }, 'unsent', 'unknown'],
    [400, { id, status: 'not_taken', reason: 'busy' }, 'unknown', 'unknown'],
    [401, { error: 'The signature is wrong' }, 'unknown', 'unknown'],
    [403, { ...TOLD, status: 'refused', reason: 'no' }, 'refused', 'unknown'],
    [500, { ...TOLD, status: 'refused', reason: 'no' }, 'unknown', 'unknown'],
    [200, { ...TOLD, status: 'refused', reason: 'no' }, 'unknown', 'refused'],
    [422, { ...TOLD, status: 'paid', reference: 'x' }, 'unknown', 'unknown'],
    [200, { ...TOLD, status: 'paid', reference: '' }, 'unknown', 'unknown'],
    [200, { ...TOLD, status: 'paid', reference: 'a\nb' }, 'unknown', 'unknown'],
    [200, { ...TOLD, network: 'ERC20', status: 'pending' }, 'unknown', 'unknown'],
    [202, { ...TOLD, status: 'pending', queue: 7 }, 'pending', 'pending']
  ]
  for (const [status, body, paid, lookedUp] of cases) {
    answer = [status, body]
    t.match([await pay(), await lookUp()], [{ outcome: paid }, { outcome: lookedUp }], JSON.stringify(answer))
  }
})

t.test('an answer without a body says nothing', async (t) => {
  const { pay } = await buildWith(t, (request, response) => { request.resume(); response.writeHead(204).end() })
  t.strictSame(await pay(), { outcome: 'unknown', reason: 'malformed' })
})

t.test('a provider that is ended is not taken for one that was never reached', async (t) => {
  const { sandbox, pay } = await build(t)
  await pay()
  await sandbox.close()
  // the kept connection may be found dead only by what is sent on it
  t.match(await pay(), { outcome: /^(unknown|unsent)$/ })
})

t.test('where nothing was sent, or taken, the same may be asked again', async (t) => {
  const { sandbox, pay } = await build(t)
  for (const status of [429, 503]) {
    sandbox.control({ mode: 'busy', status, times: 1 })
    t.strictSame(await pay(), { outcome: 'unsent', reason: 'busy' })
  }
  t.match(await pay(), { outcome: 'paid' })

  const { sandbox: gone, env } = await startPayouts(t)
  await gone.close()
  const closed = await buildClient(t, env)
  t.strictSame(await closed.pay(), { outcome: 'unsent', reason: 'connection' })
  t.strictSame(await closed.lookUp(), { outcome: 'unknown', reason: 'connection' })
  const { pay: payNowhere } = await buildClient(t, { PAYOUT_URL: 'https://nowhere.invalid', PAYOUT_SECRET })
  t.strictSame(await payNowhere(), { outcome: 'unsent', reason: 'connection' })
})

t.test('a connection that ends while it waits for an answer is unknown', async (t) => {
  const server = createServer((socket) => { socket.on('data', () => { socket.resetAndDestroy() }) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const { port } = Object(server.address()) as { port: number }
  const { pay } = await buildClient(t, { PAYOUT_URL: `http://127.0.0.1:${port}`, PAYOUT_SECRET })
  t.strictSame(await pay(), { outcome: 'unknown', reason: 'network' })
})

t.test('whoever gives up, or a server that closes, does not know either', async (t) => {
  const { sandbox, pay, fastify } = await build(t)
  sandbox.control({ mode: 'late', delay_ms: 60_000 })
  const giving = new AbortController()
  const given = pay(PAYMENT, giving.signal)
  const left = pay({ ...PAYMENT, id: 'second' })
  while (sandbox.requests() < 2) await new Promise((resolve) => setImmediate(resolve))
  giving.abort()
  t.strictSame(await given, { outcome: 'unknown', reason: 'aborted' })
  t.strictSame(await pay(PAYMENT, giving.signal), { outcome: 'unsent', reason: 'aborted' }, 'given up before it began')

  await fastify.close()
  t.strictSame(await left, { outcome: 'unknown', reason: 'closed' })
  t.strictSame(await pay(), { outcome: 'unsent', reason: 'closed' })
})

t.test('a provider that fails is left alone for a time, then one attempt decides', async (t) => {
  const { sandbox, pay, lookUp, fastify } = await build(t, { PAYOUT_BREAKER_FAILURES: 3, PAYOUT_BREAKER_OPEN_MS: 60_000 })
  const { now } = Date
  t.teardown(() => { Date.now = now })
  const state = async () => /^payout_circuit_state (\d)/m.exec(await fastify.metrics.metrics())?.[1]
  sandbox.control({ mode: 'fail-before', times: 3 })
  t.equal(await state(), '0')
  for (let n = 0; n < 3; n++) await pay()
  t.equal(await state(), '1')
  const asked = sandbox.requests()

  t.strictSame(await pay(), { outcome: 'unsent', reason: 'circuit_open' })
  t.strictSame(await lookUp(), { outcome: 'unknown', reason: 'circuit_open' })
  t.equal(sandbox.requests(), asked)
  Date.now = () => now() + 60_001
  t.match(await pay(), { outcome: 'paid' })
  t.equal(await state(), '0')
})

t.test('refusals, and what callers give up, are no failures of the provider', async (t) => {
  const { sandbox, pay, lookUp } = await build(t, { PAYOUT_BREAKER_FAILURES: 1 })
  sandbox.control({ mode: 'refuse' })
  await pay()
  await pay(PAYMENT, AbortSignal.abort())
  await lookUp({ ...PAYMENT, id: 'never-seen' })
  sandbox.control({ mode: 'busy', status: 429, times: 1 })
  await pay()
  t.match(await pay(), { outcome: 'refused' })
})

t.test('without a provider nothing is paid', async (t) => {
  const { fastify, pay, lookUp } = await buildClient(t, {})
  t.equal(fastify.payouts.configured, false)
  t.strictSame(await pay(PAYMENT, NEVER), { outcome: 'unsent', reason: 'not_configured' })
  t.strictSame(await lookUp(), { outcome: 'unknown', reason: 'not_configured' })
})
