import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startClients, type Group } from '../../bench/harness/clients.ts'
import { createFates } from '../../bench/harness/fates.ts'
import { startReaders } from '../../bench/harness/readers.ts'

const ONE_KEPT: Group = { name: 'kept', count: 1, isKept: true, pauseMs: 0 }
const ONE_NEW: Group = { name: 'new', count: 1, isKept: false, pauseMs: 0 }

/** A server whose n-th request, counted from 1, is answered by `answer`; `reached` resolves when there were so many. */
async function serve (t: Test, answer: (n: number, ...exchange: Parameters<RequestListener>) => void) {
  let requests = 0
  let connections = 0
  const looks = new Set<() => void>()
  const server = createServer((request, response) => {
    answer(++requests, request, response)
    for (const look of looks) look()
  })
  server.on('connection', () => { connections++ })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    reached: (wanted: number) => new Promise<void>((resolve) => {
      looks.add(() => { if (requests >= wanted) resolve() })
    })
  }
}

const asked = (address: string, limitMs = 10_000) => ({ address, requests: [{ method: 'GET' as const, path: '/a' }, { method: 'POST' as const, path: '/b', body: '{}' }], limitMs })

t.test('a kept connection is used until an answer ends it, others for one request', async (t) => {
  const server = await serve(t, (n, _request, response) => {
    if (n === 3) response.setHeader('connection', 'close')
    response.end('whole')
  })
  const kept = createFates()
  const staying = startClients(asked(server.address), [ONE_KEPT], kept)
  await server.reached(6)
  await staying.stop()
  t.equal(staying.counts.sentAway, 1)
  t.equal(server.connections(), 2, 'one before it was told to go, one after')
  t.equal(kept.waits.length, staying.counts.requests)
  t.strictSame(kept.failures, [])

  const coming = startClients(asked(server.address), [ONE_NEW], createFates())
  await server.reached(staying.counts.requests + 3)
  await coming.stop()
  t.equal(server.connections(), 2 + coming.counts.requests)
  t.equal(coming.counts.sentAway, 0, 'these have asked for it')
})

t.test('what is refused, broken off or never answered has failed, and is not asked again', async (t) => {
  const server = await serve(t, (n, _request, response) => {
    if (n === 1) response.writeHead(503).end('no room')
    else if (n === 2) response.writeHead(200, { 'content-length': 100 }).write('half', () => { response.destroy() })
    else if (n > 3) response.end('whole')
  })
  const fates = createFates()
  const clients = startClients(asked(server.address, 2000), [ONE_KEPT], fates)
  await server.reached(4)
  await clients.stop()

  t.match(fates.failures, [
    { clients: 'kept', path: '/a', reason: 'Error: 503 no room', isUnanswered: false },
    { path: '/b', reason: /aborted/, isUnanswered: false },
    { path: '/a', reason: 'Error: not answered', isUnanswered: true }
  ])
  for (const { beganAt, endedAt } of fates.failures) t.ok(endedAt >= beganAt)
  t.equal(fates.failures.length + fates.waits.length, clients.counts.requests)
  t.ok(fates.silence() >= 2000, 'nobody was answered for as long as the last one waited')
})

t.test('a reader comes back when it was told to go; a stream that breaks, is refused or silent has failed', async (t) => {
  const farewell = 'retry: 1\nevent: end\ndata: {"reason":"stopping"}\n\n'
  const server = await serve(t, (n, _request, response) => {
    if (n === 1) response.end(`event: snapshot\ndata: ${'x'.repeat(500)}\n\n${farewell}`)
    else if (n === 2) response.end('event: snapshot\ndata: {}\n\n')
    else if (n === 3) response.writeHead(503).end()
    else if (n > 4) response.write('event: snapshot\ndata: {}\n\n')
  })
  const fates = createFates()
  const readers = startReaders({ url: `${server.address}/stream`, headers: {}, limitMs: 2000 }, 1, fates)
  await server.reached(5)
  await readers.stop()

  t.match(readers.counts, { told: 1 })
  t.match(fates.failures, [
    { clients: 'readers', path: '/stream', reason: 'Error: ended without a word', isUnanswered: false },
    { reason: 'Error: status 503', isUnanswered: false },
    { reason: 'Error: nothing comes', isUnanswered: true }
  ])
  t.equal(fates.failures.length, 3, 'to be stopped is no failure')
})
