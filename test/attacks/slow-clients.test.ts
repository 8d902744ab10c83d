import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { options } from '../../app.ts'
import { listen } from './helper.ts'

const LIMITS = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 }
const server = { http: { ...options.http, ...LIMITS }, requestTimeout: LIMITS.requestTimeout }

/** Sends a byte now and then until the server has had enough; resolves with its answer. */
async function trickle (port: number, start: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.write(start)
  const answer = text(socket).catch((error: NodeJS.ErrnoException) => String(error.code))
  while (!socket.destroyed && !socket.readableEnded && socket.write('a')) await delay(40)
  return await answer
}

t.test('the limits of time are those that the documentation tells', async (t) => {
  t.match(options, { requestTimeout: 30_000, connectionTimeout: 60_000, http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 } })
})

t.test('who sends headers or a body byte by byte is left, with a hundred at a time', async (t) => {
  const { port, isWell } = await listen(t, { server })
  const head = 'GET /v1/signals HTTP/1.1\r\nHost: a\r\nX-Slow: '
  const post = 'POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{"username":"'

  for (const [name, start] of [['headers', head], ['a body', post], ['the first line', 'GET /v1/sig']] as const) {
    const startedAt = performance.now()
    const answers = await Promise.all(Array.from({ length: 100 }, () => trickle(port, start)))
    t.ok(performance.now() - startedAt < 10_000, `${name}: within its time`)
    for (const answer of new Set(answers)) t.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n[^]*"code":"REQUEST_TIMEOUT"|^ECONNRESET/, name)
    t.ok(await isWell(), `${name}: the server goes on`)
  }
})

t.test('who connects and says nothing is left', async (t) => {
  const { port, isWell } = await listen(t, { server })
  const socket = connect(port, '127.0.0.1')

  t.match(await text(socket), /^HTTP\/1\.1 408 /)
  t.ok(await isWell())
})

t.test('others are answered while many are slow', async (t) => {
  const { origin, port, isWell } = await listen(t, { server })
  const slow = Array.from({ length: 200 }, () => trickle(port, 'GET /v1/signals HTTP/1.1\r\nHost: a\r\nX-Slow: '))
  const startedAt = performance.now()
  const answers = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${origin}/v1/analysts`)).status))

  t.strictSame(new Set(answers), new Set([200]))
  t.ok(performance.now() - startedAt < 5000)
  await Promise.all(slow)
  t.ok(await isWell())
})
