import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createCodeDelivery } from '../../../../plugins/app/withdrawals/code-delivery.ts'
import { createCodes } from '../../../../plugins/app/withdrawals/codes.ts'
import { addHolder, ADDRESS, buildWithProvider, clientOf } from '../../../withdrawals.ts'

const CODE_DELIVERY_SECRET = 'shared with the service, 0123456789'
const LARGE = '1500.000000'
const MINUTE_MS = 60_000

interface Letter {
  user_id: number
  purpose: string
  code: string
  amount: string
  network: string
  wallet_address: string
}

/** A service that brings codes, and keeps what it was told; `answer` is how it answers. */
async function startDelivery (t: Test) {
  const letters: Letter[] = []
  const service = { letters, url: '', answer: (response: ServerResponse): void => { response.writeHead(204).end() } }
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['sahm-signature'])) ?? []
    t.equal(mac, createHmac('sha256', CODE_DELIVERY_SECRET).update(`${time}.${body}`).digest('hex'))
    t.ok(Math.abs(Date.now() / 1000 - Number(time)) < 60)
    letters.push(JSON.parse(body) as Letter)
    service.answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/codes`
  return service
}

async function build (t: Test) {
  const service = await startDelivery(t)
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0, CODE_DELIVERY_URL: service.url, CODE_DELIVERY_SECRET } })
  const holder = await addHolder(fastify, 'user')
  const client = clientOf(fastify, holder)
  const codes = fastify.documents.collection<{ _id: string, createdAt: Date }>('temp_data')
  const age = async (ms: number) => await codes.updateOne({ _id: `withdrawal-code:${holder.user_id}` }, { $set: { createdAt: new Date(Date.now() - ms) } })
  const last = () => service.letters.at(-1)?.code ?? ''
  return { fastify, service, holder, client, age, last }
}

/** Another one than that. */
const otherThan = (code: string) => code === '00000000' ? '00000001' : '00000000'

t.test('a large withdrawal is made once its code was sent back', async (t) => {
  const { service, holder, client, last } = await build(t)
  t.equal((await client.withdraw('1000.000000')).statusCode, 201, 'as large as needs no code')
  t.match((await client.withdraw('1000.000001')).json(), { status: 403, code: 'CONFIRMATION_REQUIRED' })
  t.match(service.letters, [{ user_id: holder.user_id, purpose: 'withdrawal', code: /^\d{8}$/, amount: '1000.000001', network: 'ERC20', wallet_address: ADDRESS }])
  t.match((await client.withdraw('1000.000001')).json(), { status: 403, code: 'CONFIRMATION_REQUIRED' })
  t.equal(service.letters.length, 1, 'not twice in a minute')
  t.equal(await client.balance(), '9000.000000')

  const made = await client.withdraw('1000.000001', { code: last() }, 'made')
  t.match(made.json(), { amount: '1000.000001', priority: 6, status: 'queued' })
  t.notOk('code' in made.json())
  t.match(await client.withdraw('1000.000001', { code: last() }, 'made'), { body: made.body, headers: { 'idempotent-replayed': 'true' } }, 'the code that was used, by the same key')
  t.match((await client.withdraw('1000.000001', { code: last() })).json(), { status: 403, code: 'CONFIRMATION_WRONG' }, 'by another')
  t.equal(await client.balance(), '7999.999999')
})

t.test('a code is of one amount, address and user', async (t) => {
  const { fastify, client, last } = await build(t)
  await client.withdraw(LARGE)
  const code = last()
  t.match((await client.withdraw('1500.000001', { code })).json(), { code: 'CONFIRMATION_WRONG' })
  const address = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359'
  await fastify.documents.collection('withdrawal_addresses').updateMany({}, { $set: { address } })
  t.match((await client.withdraw(LARGE, { code, wallet_address: address })).json(), { code: 'CONFIRMATION_WRONG' })
  const other = clientOf(fastify, await addHolder(fastify, 'other'))
  t.match((await other.withdraw(LARGE, { code })).json(), { code: 'CONFIRMATION_WRONG' })
  await fastify.documents.collection('withdrawal_addresses').deleteMany({ address })
  t.match((await client.withdraw(LARGE, { code, wallet_address: address })).json(), { code: 'ADDRESS_UNKNOWN' })
})

t.test('five wrong codes spend the right one; a minute later there is another', async (t) => {
  const { service, client, age, last } = await build(t)
  await client.withdraw(LARGE)
  for (let n = 0; n < 4; n++) t.match((await client.withdraw(LARGE, { code: otherThan(last()) })).json(), { code: 'CONFIRMATION_WRONG' })
  const guesses = await Promise.all([0, 1, 2].map(() => client.withdraw(LARGE, { code: otherThan(last()) })))
  for (const guess of guesses) t.match(guess.json(), { code: 'CONFIRMATION_WRONG' })
  t.match((await client.withdraw(LARGE, { code: last() })).json(), { code: 'CONFIRMATION_WRONG' })
  t.match((await client.withdraw(LARGE)).json(), { code: 'CONFIRMATION_REQUIRED' })
  t.equal(service.letters.length, 1)

  await age(MINUTE_MS + 1)
  t.match((await client.withdraw(LARGE)).json(), { code: 'CONFIRMATION_REQUIRED' })
  t.equal(service.letters.length, 2)
  t.equal((await client.withdraw(LARGE, { code: last() })).statusCode, 201)
})

t.test('a code counts for ten minutes', async (t) => {
  const { client, age, last } = await build(t)
  await client.withdraw(LARGE)
  await age(10 * MINUTE_MS + 1000)
  t.match((await client.withdraw(LARGE, { code: last() })).json(), { code: 'CONFIRMATION_WRONG' })
  await age(10 * MINUTE_MS - 5000)
  t.equal((await client.withdraw(LARGE, { code: last() })).statusCode, 201)
})

t.test('a code is good for one withdrawal, however many ask with it at once', async (t) => {
  const { client, last } = await build(t)
  await client.withdraw(LARGE)
  const code = last()
  const answers = await Promise.all(Array.from({ length: 4 }, () => client.withdraw(LARGE, { code })))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [201, 403, 403, 403])
  t.equal(await client.balance(), '8500.000000')
})

t.test('a code of a withdrawal that fails is not spent', async (t) => {
  const { fastify, holder, client, last } = await build(t)
  await client.withdraw(LARGE)
  await fastify.documents.collection('users').updateOne({ user_id: holder.user_id }, { $set: { is_active: false } })
  t.match((await client.withdraw(LARGE, { code: last() })).json(), { code: 'FORBIDDEN' })
  await fastify.documents.collection('users').updateOne({ user_id: holder.user_id }, { $set: { is_active: true } })
  t.equal((await client.withdraw(LARGE, { code: last() })).statusCode, 201)
})

t.test('a code that cannot be brought may be asked for again at once', async (t) => {
  const { service, client, last } = await build(t)
  const failing: Array<(response: ServerResponse) => void> = [
    (response) => { response.writeHead(500).end('out of order') },
    (response) => { response.destroy() },
    (response) => { response.writeHead(307, { location: service.url }).end() }
  ]
  for (const answer of failing) {
    service.answer = answer
    t.match((await client.withdraw(LARGE)).json(), { status: 503, code: 'CONFIRMATION_UNAVAILABLE' })
    t.match((await client.withdraw(LARGE, { code: last() })).json(), { code: 'CONFIRMATION_WRONG' }, 'of which nobody knows whether it was brought')
  }
  t.equal(service.letters.length, failing.length, 'no redirect is followed')
  service.answer = (response) => { response.end('taken') }
  t.match((await client.withdraw(LARGE, {}, 'again')).json(), { code: 'CONFIRMATION_REQUIRED' })
  t.equal((await client.withdraw(LARGE, { code: last() })).statusCode, 201)
})

const parts = ({ config, httpErrors, log }: FastifyInstance) => ({ config, httpErrors, log })

t.test('without a service the log has the code, but not in production', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const holder = await addHolder(fastify, 'user')
  const client = clientOf(fastify, holder)
  const warned = t.capture(fastify.log, 'warn')
  t.match((await client.withdraw(LARGE)).json(), { code: 'CONFIRMATION_REQUIRED' })
  const [told] = warned().map(({ args: [line] }) => line as { user_id: number, amount: string, code: string }).filter((line) => 'code' in line)
  t.match(told, { user_id: holder.user_id, amount: LARGE, code: /^\d{8}$/ })
  t.equal((await client.withdraw(LARGE, { code: told?.code })).statusCode, 201)

  const own = parts(fastify)
  const deliver = createCodeDelivery({ ...own, config: { ...own.config, NODE_ENV: 'production' } })
  await t.rejects(deliver(1, '12345678', { amount: LARGE, network: 'ERC20', wallet_address: ADDRESS }), { statusCode: 503, code: 'CONFIRMATION_UNAVAILABLE' })
})

t.test('while the database is away no code is sent', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const away = { updateOne: async () => { throw new Error('away') } }
  let sent = 0
  const codes = createCodes({ documents: { ...fastify.documents, collection: () => away as never }, httpErrors: fastify.httpErrors, deliver: async () => { sent++ } })
  await t.rejects(codes.ask(1, { amount: LARGE, network: 'ERC20', wallet_address: ADDRESS }), { message: 'away' })
  t.equal(sent, 0)
})
