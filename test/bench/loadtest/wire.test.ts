import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createRawServer, type AddressInfo, type Server as RawServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createWire, type Outcome, type Wire } from '../../../bench/loadtest/wire.ts'
import { findFreePort } from '../../../scripts/ports.ts'

async function listen (t: Test, server: Server | RawServer): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function openWire (t: Test, origin: string) {
  const wire = createWire(origin)
  t.teardown(() => { wire.leave() })
  const ask = (user: number, path = '/', needsBody = false) =>
    new Promise<Outcome>((resolve) => { wire.ask(user, { method: 'GET', path }, resolve, needsBody) })
  return { wire, ask }
}

/** Resolves when no connection is open. */
async function closed ({ connections }: Wire): Promise<void> {
  while (connections.open > 0) await nextTurn()
}

t.test('each user has a connection, and keeps it', async (t) => {
  const { wire, ask } = openWire(t, await listen(t, createServer((request, response) => response.end(`${request.socket.remotePort}`))))
  const portOf = async (user: number) => ((await ask(user, '/', true)) as { body: string }).body
  const [first, second] = await Promise.all([portOf(1), portOf(2)])

  t.not(first, second)
  t.strictSame(await Promise.all([portOf(1), portOf(1), portOf(2)]), [first, first, second], 'questions of one user follow each other')
  t.strictSame(wire.connections, { open: 2, opened: 2, notOpened: 0, closedByServer: 0, closedByClient: 0, broken: 0 })
})

t.test('a server that is not there refuses, and that is no connection', async (t) => {
  const { wire, ask } = openWire(t, `http://127.0.0.1:${await findFreePort()}`)

  t.strictSame(await ask(1), { failure: 'connection refused' })
  while (wire.connections.notOpened === 0) await nextTurn()
  t.match(wire.connections, { open: 0, opened: 0, notOpened: 1 })
})

t.test('a connection that ends with a question under way is told by how it ended', async (t) => {
  const endings: Record<string, (socket: Socket) => void> = {
    '/reset': (socket) => { socket.resetAndDestroy() },
    '/nonsense': (socket) => { socket.end('nonsense') },
    '/close': (socket) => { socket.end() },
    '/half': (socket) => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf') }
  }
  const origin = await listen(t, createRawServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (data) => endings[data.toString().split(' ')[1] ?? '']?.(socket))
  }))
  const { wire, ask } = openWire(t, origin)

  t.strictSame(await ask(1, '/reset'), { failure: 'connection reset' })
  t.strictSame(await ask(2, '/close'), { failure: 'closed unanswered' })
  t.strictSame(await ask(3, '/half'), { failure: 'answer broken off' })
  t.strictSame(await ask(4, '/nonsense'), { failure: 'HPE_INVALID_CONSTANT' })
  await closed(wire)
  t.match(wire.connections, { open: 0, opened: 4, broken: 3, closedByServer: 0, closedByClient: 1 })
})

t.test('what is given up was never answered, also when its answer comes later', async (t) => {
  const waiting: (() => void)[] = []
  const server = createServer((_request, response) => waiting.push(() => response.end()))
  const { wire, ask } = openWire(t, await listen(t, server))
  const outcome = ask(1)
  await once(server, 'request')
  t.equal(wire.waits(), 1)
  wire.giveUp()

  t.strictSame(await outcome, { failure: 'never answered' })
  t.equal(wire.waits(), 0)
  const next = ask(1)
  waiting[0]?.()
  await once(server, 'request')
  waiting[1]?.()
  t.match(await next, { status: 200 }, 'the next question of this user waited for that one')
})

t.test('a server may close an idle connection: the user opens another one, and nothing has failed', async (t) => {
  const server = createServer((_request, response) => response.end())
  const { wire, ask } = openWire(t, await listen(t, server))
  await ask(1)
  server.closeIdleConnections()
  await closed(wire)

  t.match(await ask(1), { status: 200 })
  t.strictSame(wire.connections, { open: 1, opened: 2, notOpened: 0, closedByServer: 1, closedByClient: 0, broken: 0 })
})

t.test('a user who was idle for as long as the server keeps a connection closes it first', async (t) => {
  const server = createServer((_request, response) => response.writeHead(200, { connection: 'keep-alive', 'keep-alive': 'timeout=2' }).end())
  server.keepAliveTimeout = 0
  const { wire, ask } = openWire(t, await listen(t, server))
  await ask(1)
  await closed(wire)

  t.match(wire.connections, { opened: 1, closedByServer: 0, closedByClient: 1, broken: 0 })
})
