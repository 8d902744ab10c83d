import { createHmac } from 'node:crypto'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { run } from '../process.ts'
import { PAYOUT_SECRET, startPayouts } from '../payouts.ts'

const PAYMENT = { id: 'one', amount: '12.500000', network: 'TRC20', address: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t' }
const PAID = { ...PAYMENT, status: 'paid', reference: /^0x[0-9a-f]{64}$/ }

interface Asking {
  method?: string
  body?: string
  secret?: string
  timestampS?: number
  headers?: Record<string, string>
}

/** Signed requests to a sandbox. */
function client (url: string) {
  async function ask (path: string, { method = 'GET', body = '', secret = PAYOUT_SECRET, timestampS = Math.floor(Date.now() / 1000), headers }: Asking = {}) {
    const mac = createHmac('sha256', secret).update(`${timestampS}.${method}.${path}.${body}`).digest('hex')
    const response = await fetch(url + path, { method, headers: { 'sahm-signature': `t=${timestampS},v1=${mac}`, ...headers }, ...(body && { body }) })
    return { status: response.status, body: await response.json() as Record<string, unknown> }
  }
  return {
    ask,
    pay: (payment: { id: string } = PAYMENT, options: Asking = {}) =>
      ask('/payouts', { method: 'POST', body: JSON.stringify(payment), headers: { 'idempotency-key': payment.id }, ...options }),
    lookUp: (id = PAYMENT.id) => ask(`/payouts/${id}`),
    control: async (body: unknown) => {
      const response = await fetch(`${url}/control`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
      return { status: response.status, body: await response.json() as unknown }
    },
    list: async () => (await (await fetch(`${url}/payouts`)).json() as { data: object[] }).data
  }
}

async function start (test: Test, options: Parameters<typeof startPayouts>[1] = {}) {
  const { sandbox } = await startPayouts(test, options)
  return { sandbox, ...client(sandbox.url) }
}

t.test('a payment is made once: the same again is answered the same, another under its id is refused', async (t) => {
  const { pay, lookUp, list } = await start(t)
  t.match(await lookUp(), { status: 404, body: { id: 'one', status: 'absent' } })
  const answers = await Promise.all(Array.from({ length: 20 }, () => pay()))

  for (const answer of answers) t.match(answer, { status: 200, body: PAID })
  t.match(await lookUp(), { status: 200, body: PAID })
  for (const change of [{ amount: '12.500001' }, { network: 'ERC20' }, { address: 'T' }]) t.equal((await pay({ ...PAYMENT, ...change })).status, 409)
  t.match(await list(), [PAID])
})

t.test('only what is signed now, by the secret and as it is sent, is done', async (t) => {
  const { ask, pay, list } = await start(t)
  const now = Math.floor(Date.now() / 1000)
  const refused = async (sent: Promise<{ status: number }>) => { t.equal((await sent).status, 401) }

  await refused(pay(PAYMENT, { secret: 'another' }))
  await refused(pay(PAYMENT, { timestampS: now - 301 }))
  await refused(pay(PAYMENT, { timestampS: now + 302 }))
  for (const signature of ['', 't=1', 't=1,v1=00', 'nonsense']) await refused(pay(PAYMENT, { headers: { 'sahm-signature': signature, 'idempotency-key': 'one' } }))
  await refused(ask('/payouts/one', { secret: 'another' }))
  t.strictSame(await list(), [])
  t.equal((await pay(PAYMENT, { timestampS: now - 290 })).status, 200)
})

t.test('what is no payment is refused', async (t) => {
  const { ask, pay } = await start(t)
  for (const body of ['', '[', 'null', '{}', JSON.stringify({ ...PAYMENT, amount: 12.5 }), JSON.stringify({ ...PAYMENT, network: '' }), JSON.stringify({ ...PAYMENT, address: null })]) {
    t.equal((await pay(PAYMENT, { body })).status, 400, body)
  }
  t.equal((await pay(PAYMENT, { headers: { 'idempotency-key': 'two' } })).status, 400)
  t.equal((await ask('/nothing')).status, 404)
  t.equal((await ask('/payouts/one', { method: 'DELETE' })).status, 404)
})

t.test('it can be told to refuse, to be busy, slow or late, to fail and to lie, so many times', async (t) => {
  const { sandbox, control, pay, lookUp } = await start(t)
  t.match(await control({ mode: 'refuse', times: 1 }), { status: 200, body: { mode: 'refuse', times: 1, requests: 0 } })
  t.match(await pay(), { status: 422, body: { status: 'refused', reason: String } })
  t.match(await pay(), { status: 422 }, 'for good')
  t.match(await lookUp(), { status: 200, body: { status: 'refused' } })
  t.match(await pay({ ...PAYMENT, id: 'two' }), { status: 200 })

  await control({ mode: 'busy', status: 429 })
  t.match(await pay({ ...PAYMENT, id: 'three' }), { status: 429, body: { id: 'three', status: 'not_taken', reason: 'busy' } })
  for (const mode of ['slow', 'late']) {
    await control({ mode, delay_ms: 1 })
    t.match(await pay({ ...PAYMENT, id: mode }), { status: 200 }, mode)
  }
  for (const [mode, known] of [['fail-before', 404], ['fail-after', 200]] as const) {
    await control({ mode })
    t.equal((await pay({ ...PAYMENT, id: mode })).status, 500, mode)
    t.equal((await lookUp(mode)).status, known, mode)
  }
  for (const [mode, known] of [['drop-before', 404], ['drop-after', 200]] as const) {
    await control({ mode, on: 'all', times: 1 })
    await t.rejects(pay({ ...PAYMENT, id: mode }), mode)
    t.equal((await lookUp(mode)).status, known, mode)
  }
  await control({ mode: 'lie', lie: 'amount', on: 'look_up' })
  t.match(await lookUp('two'), { body: { amount: '0.000001' } })
  t.match(await (await fetch(`${sandbox.url}/control`)).json(), { mode: 'lie', requests: sandbox.requests() })
})

t.test('what is pending is paid when it is due', async (t) => {
  let time = Date.now()
  const { control, pay, lookUp, list } = await start(t, { clock: () => time })
  await control({ mode: 'pending', delay_ms: 60_000 })
  t.match(await pay(), { status: 200, body: { ...PAYMENT, status: 'pending' } })
  t.match(await list(), [{ status: 'pending' }])
  time += 60_000
  t.match(await list(), [PAID])
  t.match(await lookUp(), { body: PAID })
})

t.test('a control message that says something else is refused and changes nothing', async (t) => {
  const { control } = await start(t)
  await control({ mode: 'refuse' })
  for (const body of ['', '[', 'null', '7', { mode: 'explode' }, { delay_ms: -1 }, { delay_ms: 1.5 }, { delay_ms: 600_001 }, { status: 200 }, { lie: 'truth' }, { on: 'others' }, { speed: 1 }]) {
    t.match(await control(body), { status: 400 }, JSON.stringify(body))
  }
  t.match(await control({ mode: 'refuse' }), { body: { mode: 'refuse' } })
})

t.test('what it has told it still knows after it was killed, but for half a line', async (t) => {
  const file = join(t.testdir({}), 'book.ndjson')
  const launch = async () => {
    const command = run(t, ['scripts/payouts/index.ts', '--port', '0', '--file', file], { PAYOUT_SECRET })
    const [, url] = await command.printed(/Payout sandbox: (http:\/\/127\.0\.0\.1:\d+) \(start the server with PAYOUT_URL=http:\S+;/)
    return { command, ...client(String(url)) }
  }
  const first = await launch()
  await first.control({ mode: 'refuse', times: 1 })
  await first.pay({ ...PAYMENT, id: 'refused' })
  const told = Promise.all(Array.from({ length: 50 }, (_, n) => `many-${n}`)
    .map((id) => first.pay({ ...PAYMENT, id }).then(() => id, () => null)))
  await first.pay()
  await first.command.stop('SIGKILL')
  const known = (await told).filter((id) => id !== null)
  await appendFile(file, '{"id":"half a li')

  const second = await launch()
  t.match(await second.lookUp(), { body: PAID })
  t.match(await second.lookUp('refused'), { body: { status: 'refused' } })
  for (const id of known) t.match(await second.lookUp(id), { body: { status: 'paid' } }, id)
  t.match(await second.pay(), { body: PAID })
  t.match(await second.pay({ ...PAYMENT, id: 'after' }), { status: 200 })
  t.equal(await second.command.stop('SIGINT'), 0)
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as { id: string, status: string })
  t.equal(new Set(lines.map(({ id }) => id)).size, lines.length, 'nothing is paid twice')
})

t.test('a book is read again in this process too', async (t) => {
  const file = join(t.testdir({ 'book.ndjson': `${JSON.stringify({ ...PAYMENT, status: 'paid', reference: 'x' })}\n{"id":` }), 'book.ndjson')
  const { sandbox, lookUp, pay, list } = await start(t, { file })
  t.match(await lookUp(), { body: { status: 'paid', reference: 'x' } })
  await pay({ ...PAYMENT, id: 'two' })
  t.equal((await list()).length, 2)
  await sandbox.close()
  t.equal((await readFile(file, 'utf8')).split('\n').length, 3)
})

t.test('npm run payouts makes up a secret and tells it', async (t) => {
  const command = run(t, ['scripts/payouts/index.ts', '--port', '0'], {})
  const [, url, secret = ''] = await command.printed(/PAYOUT_URL=(http:\/\/127\.0\.0\.1:\d+) PAYOUT_SECRET=([0-9a-f]{32});/)

  t.match(await client(String(url)).pay(PAYMENT, { secret }), { status: 200 })
  t.equal(await command.stop('SIGTERM'), 0)
})
