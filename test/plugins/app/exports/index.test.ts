import { once } from 'node:events'
import { gunzipSync } from 'node:zlib'
import type { Document } from 'mongodb'
import t from 'tap'
import { createRowStream } from '../../../../plugins/app/exports/row-stream.ts'
import { drain, listen, ROWS, until } from './helper.ts'

/** The end of a body in chunks. */
const LAST_CHUNK = /\r\n0\r\n\r\n$/

t.test('a file is whole, from its head to its tail, and no browser shows it', async (t) => {
  const { origin, fastify, kills, underWay } = await listen(t)
  const response = await fetch(`${origin}/short`, { headers: { 'x-no-compression': '1' } })
  const lines = (await response.text()).split('\n')

  t.match(Object.fromEntries(response.headers), { 'content-type': 'text/plain', 'content-disposition': 'attachment; filename="short.txt"', 'cache-control': 'private, no-store', 'accept-ranges': 'none', 'transfer-encoding': 'chunked' })
  t.strictSame([lines.length, lines[0], lines[1], lines.at(-3), lines.at(-2), lines.at(-1)], [ROWS + 3, 'head', '0 ', `${ROWS - 1} `, 'tail', ''])
  await until(async () => await underWay() === 0)
  t.equal(kills.length, 0, 'its cursor was at its end')
  t.match(await fastify.metrics.metrics(), 'exports_total{outcome="whole"} 1')
})

t.test('it is compressed on its way, and is the same', async (t) => {
  const { fastify } = await listen(t)
  const plain = await fastify.inject('/short')
  const zipped = await fastify.inject({ url: '/short', headers: { 'accept-encoding': 'gzip' } })

  t.equal(zipped.headers['content-encoding'], 'gzip')
  t.equal(gunzipSync(zipped.rawPayload).toString(), plain.payload)
})

for (const [name, headers] of [['plain', ''], ['compressed', 'Accept-Encoding: gzip\r\n']] as const) {
  t.test(`when the client leaves, the cursor is closed (${name})`, async (t) => {
    const { fastify, begin, kills, underWay } = await listen(t)
    const socket = await begin('/file', { headers })
    t.equal(await underWay(), 1)
    socket.destroy()
    await until(() => kills.length === 1)
    await until(async () => await underWay() === 0)
    t.match(await fastify.metrics.metrics(), 'exports_total{outcome="cut"} 1')
  })

  t.test(`a fault of the database in the middle breaks the connection (${name})`, async (t) => {
    const { begin, failDatabase, underWay } = await listen(t)
    const socket = await begin('/file', { headers })
    await failDatabase()
    const text = await drain(socket)

    t.ok(text.startsWith('HTTP/1.1 200 OK'))
    t.notOk(LAST_CHUNK.test(text), 'it has no end')
    await until(async () => await underWay() === 0)
  })

  t.test(`a client that stops reading is left, and its cursor closed (${name})`, async (t) => {
    const { begin, kills, underWay } = await listen(t, { EXPORT_STALL_MS: 100 })
    const socket = await begin('/file', { headers })
    await until(() => kills.length === 1)
    await until(async () => await underWay() === 0)
    const text = await drain(socket)

    t.notOk(LAST_CHUNK.test(text), 'it has no end')
  })

  t.test(`a server that closes breaks off what it sends (${name})`, async (t) => {
    const { fastify, begin } = await listen(t)
    const socket = await begin('/file', { headers })
    const [text] = await Promise.all([drain(socket), fastify.close()])

    t.notOk(LAST_CHUNK.test(text), 'it has no end')
  })
}

t.test('without chunks, where the end of the connection is that of the file, there is none', async (t) => {
  const { begin } = await listen(t)
  const text = await drain(await begin('/file', { version: '1.0' }))

  t.match(text, /^HTTP\/1\.1 426 Upgrade Required\r\n[^]*upgrade: HTTP\/1\.1\r\n[^]*"code":"UPGRADE_REQUIRED"/)
})

t.test('so many at a time, and no more', async (t) => {
  const { origin, begin, underWay } = await listen(t, { EXPORTS_MAX: 2, STATEMENTS_MAX: 2 })
  const ask = async (path: string) => {
    const response = await fetch(origin + path)
    return { status: response.status, retryAfter: response.headers.get('retry-after'), ...await response.json() as object }
  }
  const busy = { status: 503, retryAfter: '10', code: 'EXPORTS_BUSY' }
  const sockets = [await begin('/file'), await begin('/file')]
  t.match(await ask('/file'), busy)
  sockets.push(await begin('/own?owner=1'))
  t.match(await ask('/own?owner=1'), busy, 'one of each owner')
  sockets.push(await begin('/own?owner=2'))
  t.match(await ask('/own?owner=3'), busy)
  t.equal(await underWay(), 4)

  for (const socket of sockets) socket.destroy()
  await until(async () => await underWay() === 0)
  t.match(await (await fetch(`${origin}/short`)).text(), /^head\n/)
})

t.test('what cannot be opened is answered as an error, and takes no place', async (t) => {
  const { fastify, rows, underWay } = await listen(t)
  const { exports, httpErrors } = fastify
  const request = { raw: { httpVersionMinor: 1 } } as never
  const send = (open: () => Promise<never>) => exports.send(request, {} as never, { filename: 'a', kind: 'export', owner: 1, open })
  const content = { cursor: rows.find({ $nonsense: 1 }), type: '', head: '', row: () => '' } as never

  await t.rejects(send(async () => { throw httpErrors.notFound() }), { name: 'NotFoundError' })
  await t.rejects(send(async () => content), { name: 'MongoServerError' }, 'the database is asked before the answer begins')
  t.equal(await underWay(), 0)
  const late = { ...content as object, cursor: rows.find() } as never
  await t.rejects(send(async () => { await exports.close(); return late }), { name: 'ServiceUnavailableError' }, 'a server that closes begins nothing')
  t.equal(await underWay(), 0)
})

t.test('a stream that nobody reads ends, and one whose cursor was closed is no whole file', async (t) => {
  const { rows } = await listen(t)
  const content = (filter: Document = {}) => ({ cursor: rows.find(filter, { batchSize: 10 }), type: '', head: '', row: () => 'x'.repeat(7000) })
  let closed = 0
  const options = { stallMs: 60_000, onClosed () { closed += 1 } }
  const unread = createRowStream(content(), { ...options, stallMs: 10 })
  const [stalled] = await once(unread, 'error') as [Error]
  t.match(stalled.message, /stopped reading/)
  await until(() => closed === 1)

  const made = content()
  const stream = createRowStream(made, options)
  await once(stream, 'readable')
  await made.cursor.close()
  await t.rejects(stream.toArray(), /closed before its end/)

  t.strictSame(await createRowStream(content({ _id: -1 }), options).toArray(), [])
})

t.test('who has one file may ask for the next at once', async (t) => {
  const { origin } = await listen(t, { EXPORTS_MAX: 1 })
  for (let n = 0; n < 30; n++) t.match(await (await fetch(`${origin}/short`)).text(), /^head\n/)
})
