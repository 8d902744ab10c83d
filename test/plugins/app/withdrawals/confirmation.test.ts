import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { addHolder, buildWithProvider, clientOf } from '../../../withdrawals.ts'

const SECRET = 'shared by server and messenger, 0123456789'
const ANOTHER = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359'

interface Told {
  body: { code: string }
  raw: string
  headers: IncomingHttpHeaders
}

/** A service that brings codes to users; it answers with `status`. */
async function startMessenger (t: Test) {
  const told: Told[] = []
  const messenger = { status: 202, told, url: '' }
  const server = createServer((request, response) => {
    text(request).then((raw) => {
      told.push({ body: JSON.parse(raw) as Told['body'], raw, headers: request.headers })
      response.writeHead(messenger.status).end()
    }, () => { response.destroy() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  messenger.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/codes`
  return messenger
}

async function build (t: Test) {
  const messenger = await startMessenger(t)
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0, CODE_DELIVERY_URL: messenger.url, CODE_DELIVERY_SECRET: SECRET } })
  const person = await addHolder(fastify, 'user')
  const codes = fastify.documents.collection<{ _id: string }>('temp_data')
  return { fastify, messenger, person, client: clientOf(fastify, person), codes }
}

t.test('a large withdrawal is confirmed by a code that its user is sent, once', async (t) => {
  const { client, messenger, person } = await build(t)
  t.match((await client.withdraw('1000.000001')).json(), { status: 403, code: 'CONFIRMATION_REQUIRED' })
  t.match((await client.withdraw('1000.000001')).json(), { status: 403, code: 'CONFIRMATION_REQUIRED' })
  t.equal(messenger.told.length, 1, 'no second one within a minute')
  const [{ body, headers, raw }] = messenger.told as [Told]
  t.match(body, { user_id: person.user_id, purpose: 'withdrawal', code: /^\d{8}$/, amount: '1000.000001', network: 'ERC20' })
  const [, time, mac] = /^t=(\d+),v1=(\w+)$/.exec(String(headers['sahm-signature'])) ?? []
  t.equal(mac, createHmac('sha256', SECRET).update(`${time}.${raw}`).digest('hex'))
  t.equal(await client.balance(), '10000.000000')

  t.match((await client.withdraw('1000.000002', { code: body.code })).json(), { code: 'CONFIRMATION_WRONG' }, 'it confirms one amount')
  const answers = await Promise.all([client.withdraw('1000.000001', { code: body.code }), client.withdraw('1000.000001', { code: body.code })])
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [201, 403])
  t.equal(await client.balance(), '8999.999999')
  t.match((await client.withdraw('1000.000001', { code: body.code })).json(), { code: 'CONFIRMATION_WRONG' })
  t.equal((await client.withdraw('1000.000000')).statusCode, 201, 'up to the amount none is needed')
})

t.test('a code counts for one address, for five tries and for ten minutes', async (t) => {
  const { client, codes, fastify, messenger, person } = await build(t)
  const age = async (milliseconds: number) => { await codes.updateOne({}, { $set: { createdAt: new Date(Date.now() - milliseconds) } }) }
  const now = new Date()
  await fastify.documents.collection('withdrawal_addresses').insertOne({ user_id: person.user_id, slot: 1, network: 'ERC20', address: ANOTHER, label: 'other', usable_at: now, created_at: now })
  const ask = async () => {
    await client.withdraw('2000.000000')
    return String(messenger.told.at(-1)?.body.code)
  }
  const code = await ask()
  t.match((await client.withdraw('2000.000000', { code, wallet_address: ANOTHER })).json(), { code: 'CONFIRMATION_WRONG' })
  const wrong = code === '00000000' ? '11111111' : '00000000'
  for (let i = 0; i < 4; i++) t.match((await client.withdraw('2000.000000', { code: wrong })).json(), { code: 'CONFIRMATION_WRONG' })
  t.match((await client.withdraw('2000.000000', { code })).json(), { code: 'CONFIRMATION_WRONG' }, 'the sixth try')

  await age(61_000)
  const next = await ask()
  t.equal(messenger.told.length, 2)
  await age(601_000)
  t.match((await client.withdraw('2000.000000', { code: next })).json(), { code: 'CONFIRMATION_WRONG' }, 'too old')
  t.equal((await client.withdraw('2000.000000', { code: await ask() })).statusCode, 201)
})

t.test('where no code can be sent nothing is withdrawn, and the next may be asked for at once', async (t) => {
  const { client, codes, messenger } = await build(t)
  messenger.status = 500
  t.match((await client.withdraw('2000.000000')).json(), { status: 503, code: 'CONFIRMATION_UNAVAILABLE' })
  t.equal(await codes.countDocuments({}), 0)
  messenger.status = 202
  t.match((await client.withdraw('2000.000000')).json(), { status: 403, code: 'CONFIRMATION_REQUIRED' })
  t.equal(messenger.told.length, 2)
})

t.test('without a service the log has it, but not in production', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0 } })
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  const lines: object[] = []
  fastify.log.warn = (line: object) => { lines.push(line) }
  t.match((await client.withdraw('2000.000000')).json(), { code: 'CONFIRMATION_REQUIRED' })
  t.match(lines, [{ amount: '2000.000000', code: /^\d{8}$/ }])
  await fastify.documents.collection('temp_data').deleteMany({})
  fastify.config.NODE_ENV = 'production'
  t.match((await client.withdraw('2000.000000')).json(), { status: 503, code: 'CONFIRMATION_UNAVAILABLE' })
})

t.test('a service that is away sends none', async (t) => {
  const { fastify } = await buildWithProvider(t, { env: { JOBS_CONCURRENCY: 0, CODE_DELIVERY_URL: 'http://127.0.0.1:1', CODE_DELIVERY_SECRET: SECRET } })
  const client = clientOf(fastify, await addHolder(fastify, 'user'))
  t.match((await client.withdraw('2000.000000')).json(), { status: 503, code: 'CONFIRMATION_UNAVAILABLE' })
})
