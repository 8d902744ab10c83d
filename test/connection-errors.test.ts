import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import t from 'tap'
import { answerConnectionError } from '../connection-errors.ts'

/** What a socket is sent for an error. */
function answerTo (code: string, isWritable = true): { written: string, socket: Duplex } {
  const chunks: string[] = []
  const socket = new Duplex({ read () {}, write (chunk, _encoding, done) { chunks.push(String(chunk)); done() } })
  if (!isWritable) socket.end()
  answerConnectionError(Object.assign(new Error('x'), { code }) as unknown as ConnectionError, socket as Socket)
  return { written: chunks.join(''), socket }
}

t.test('each fault of a connection has its status, anything else is a bad request', async (t) => {
  const statuses = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413, HPE_HEADER_OVERFLOW: 431, HPE_INVALID_METHOD: 400 }
  for (const [code, status] of Object.entries(statuses)) t.match(answerTo(code).written, `HTTP/1.1 ${status} `, code)
})

t.test('a client that has gone is not answered', async (t) => {
  for (const { written, socket } of [answerTo('ECONNRESET'), answerTo('HPE_INVALID_METHOD', false)]) {
    t.equal(written, '')
    t.ok(socket.destroyed)
  }
})
