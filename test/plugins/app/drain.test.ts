import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import drain from '../../../plugins/app/drain.ts'
import frontDoor from '../../../plugins/app/front-door.ts'
import { buildBare } from '../../helper.ts'

/** Longer than any test: what ends earlier does so by itself. */
const LONG_MS = 600_000

async function build (t: Test) {
  const fastify = buildBare(t)
  await fastify.register(frontDoor)
  await fastify.register(drain)
  fastify.get('/', async () => 'route')
  fastify.frontDoor.add(function answers ({ url }, response) {
    if (url !== '/door') return false
    response.writeHead(200, ['content-type', 'text/plain', 'vary', 'accept-encoding']).end('door')
    return true
  })
  return fastify
}

/** A client with one connection, which it keeps for as long as it may. */
function createClient (t: Test, origin: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  return async function ask (path: string) {
    const [response] = await once(get(origin + path, { agent }), 'response') as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    return response
  }
}

t.test('each connection ends with its next answer, whoever gives it, and the listener only then', async (t) => {
  const fastify = await build(t)
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const [first, second] = [createClient(t, origin), createClient(t, origin)]
  for (const ask of [first, second]) t.equal((await ask('/')).headers.connection, 'keep-alive')

  const ended = fastify.drain.end(LONG_MS)
  const fromRoute = await first('/')
  const fromDoor = await second('/door')
  t.match(fromRoute, { statusCode: 200, headers: { connection: 'close' } })
  t.match(fromDoor, { statusCode: 200, headers: { connection: 'close', vary: 'accept-encoding' } })
  await ended
  t.notOk(fastify.server.listening)
})

t.test('an answer that is being made when connections are about to be ended ends its own', async (t) => {
  const fastify = await build(t)
  let answer = (_text: string) => {}
  fastify.get('/slow', async () => await new Promise<string>((resolve) => { answer = resolve }))
  fastify.get('/long', (_request, reply) => { reply.hijack().raw.flushHeaders() })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const arrived = once(fastify.server, 'request')
  const slow = createClient(t, origin)('/slow')
  await arrived
  const [long] = await once(get(`${origin}/long`), 'response') as [IncomingMessage]

  const ended = fastify.drain.end(LONG_MS)
  answer('slow')
  t.match(await slow, { statusCode: 200, headers: { connection: 'close' } })
  long.destroy()
  await ended
})

t.test('a connection is accepted until then, and told to go', async (t) => {
  const fastify = await build(t)
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const silent = createClient(t, origin)
  await silent('/')

  const ended = fastify.drain.end(LONG_MS)
  t.match(await createClient(t, origin)('/'), { statusCode: 200, headers: { connection: 'close' } })
  await ended
})

t.test('connections that never asked anything, and idle ones, are closed', async (t) => {
  const fastify = await build(t)
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  await createClient(t, origin)('/')
  const mute = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1')
  await once(mute, 'connect')
  const closed = once(mute, 'close')

  await fastify.drain.end(LONG_MS)
  await closed
})

t.test('a request that does not end is broken off after the limit', async (t) => {
  const fastify = await build(t)
  fastify.get('/endless', async () => await new Promise(() => {}))
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const arrived = once(fastify.server, 'request')
  const asked = createClient(t, origin)('/endless')
  asked.catch(() => {})
  await arrived

  await fastify.drain.end(1)
  await t.rejects(asked, { code: 'ECONNRESET' })
})

t.test('to leave is only told', async (t) => {
  const fastify = await build(t)
  t.equal(fastify.drain.isLeaving, false)
  fastify.drain.leave()
  t.equal(fastify.drain.isLeaving, true)
})

t.test('who answers for long is told when connections are about to be ended', async (t) => {
  const fastify = await build(t)
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  const told: string[] = []
  for (const name of ['first', 'second']) fastify.drain.onEnd(() => { told.push(name) })
  fastify.drain.leave()
  t.strictSame(told, [])

  await fastify.drain.end(LONG_MS)
  t.strictSame(told, ['first', 'second'])
})
