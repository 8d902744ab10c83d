import { once } from 'node:events'
import { BSON, type Document } from 'mongodb'
import fc from 'fast-check'
import t from 'tap'
import { startEmbeddedDatabase } from '../../embedded/index.ts'
import { codeOf, open } from './helper.ts'
import { body, frame, int, list, message, OP_MSG, OP_QUERY, ping, Raw } from './raw.ts'

t.test('the wire protocol', async (t) => {
  const { uri, db } = await open(t)
  const raw = (): Raw => {
    const connection = new Raw(uri)
    t.teardown(() => connection.socket.destroy())
    return connection
  }

  await t.test('takes messages in pieces, and several at once', async (t) => {
    const connection = raw()
    for (const byte of ping) connection.socket.write(Buffer.from([byte]))
    t.equal((await connection.reply()).ok, 1)
    connection.socket.write(Buffer.concat([ping, ping, ping.subarray(0, 20)]))
    for (const nth of [1, 2]) t.equal((await connection.reply()).ok, 1, `answer ${nth}`)
    t.equal((await connection.ask(ping.subarray(20))).ok, 1)
  })

  await t.test('takes documents apart from the command, before or after it', async (t) => {
    const connection = raw()
    const insert = body({ insert: 'things', $db: 'test' })
    t.match(await connection.ask(message(0, insert, list('documents', [{ a: 1 }, { a: 2 }]))), { ok: 1, n: 2 })
    t.match(await connection.ask(message(0, list('documents', [{ a: 3 }]), insert)), { ok: 1, n: 1 })
  })

  await t.test('ignores a checksum, and answers nothing where nothing is expected', async (t) => {
    const connection = raw()
    t.match(await connection.ask(message(1, body({ ping: 1, $db: 'test' }), int(5))), { ok: 1 })
    connection.socket.write(message(2, body({ insert: 'quiet', documents: [{}], $db: 'test' })))
    t.match(await connection.ask(message(0, body({ count: 'quiet', $db: 'test' }))), { n: 1 })
    await db.collection('quiet').insertOne({}, { writeConcern: { w: 0 } })
  })

  await t.test('answers the handshake of old clients in their form', async (t) => {
    const connection = raw()
    const query = (doc: Document): Buffer => frame(OP_QUERY, Buffer.concat([int(0), Buffer.from('admin.$cmd\0'), int(0), int(-1), BSON.serialize(doc)]))
    t.match(await connection.ask(query({ isMaster: 1, helloOk: true }), 36), { ismaster: true, helloOk: true, msg: 'isdbgrid' })
    t.match(await connection.ask(query({ $query: { hello: 1 } }), 36), { isWritablePrimary: true })
    t.match(await connection.ask(query({ nonsense: 1 }), 36), { ok: 0, code: 59 })
  })

  await t.test('answers a malformed message with an error and ends the connection', async (t) => {
    const malformed: [string, Buffer][] = [
      ['an unknown flag', message(1 << 5, body({ ping: 1, $db: 'test' }))],
      ['no body', message(0)],
      ['two bodies', message(0, body({ ping: 1 }), body({ ping: 1 }))],
      ['an unknown section', message(0, Buffer.from([7]))],
      ['a document longer than its message', message(0, Buffer.concat([Buffer.from([0]), int(500), Buffer.alloc(20)]))],
      ['a document shorter than any', message(0, Buffer.concat([Buffer.from([0]), int(1)]))],
      ['bytes that are no BSON', message(0, Buffer.concat([Buffer.from([0]), int(12), Buffer.alloc(8, 0xff)]))],
      ['a list of another size than it says', message(0, body({ insert: 'a', $db: 'test' }), list('documents', [{}], -2))],
      ['a list without a name', message(0, Buffer.concat([Buffer.from([1]), int(9), Buffer.from('abc')]))],
      ['an unknown operation', frame(1, Buffer.alloc(8))],
      ['a compressed message', frame(2012, Buffer.alloc(8))],
      ['nothing but a header', frame(OP_MSG, Buffer.alloc(0))]
    ]
    for (const [name, bytes] of malformed) {
      const connection = raw()
      t.match(await connection.ask(bytes), { ok: 0, code: 17, codeName: 'ProtocolError' }, name)
      await connection.closed
    }
  })

  await t.test('ends the connection at a length that cannot be one', async () => {
    for (const length of [-1, 0, 15, 48_000_001, 2 ** 31 - 1]) {
      const connection = raw()
      connection.socket.write(frame(OP_MSG, Buffer.alloc(8), length))
      await connection.closed
    }
  })

  await t.test('answers what it does not store with an error, and goes on', async (t) => {
    const connection = raw()
    t.match(await connection.ask(message(0, body({ insert: 'a', documents: [{ x: BSON.Decimal128.fromString('1') }], $db: 'test' }))), { ok: 0, code: 238 })
    t.match(await connection.ask(ping), { ok: 1 })
  })

  await t.test('survives random bytes, and clients that leave', async (t) => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, framed) => {
      const connection = raw()
      connection.socket.end(framed ? frame(OP_MSG, bytes) : bytes)
      await connection.closed
    }), { numRuns: 200 })
    await fc.assert(fc.asyncProperty(fc.nat(ping.length - 17), fc.nat(255), async (at, byte) => {
      const bent = Buffer.from(ping)
      bent[16 + at] = byte
      const connection = raw()
      connection.socket.end(bent)
      await connection.closed
    }), { numRuns: 200 })
    t.match(await db.command({ ping: 1 }), { ok: 1 })
  })

  await t.test('waits for clients that read slowly, and forgets those that reset', async (t) => {
    await db.collection('big').insertMany(Array.from({ length: 40 }, () => ({ big: 'x'.repeat(400_000) })))
    const find = message(0, body({ find: 'big', $db: 'test', batchSize: 1000 }))
    const slow = raw()
    slow.socket.pause()
    slow.socket.write(Buffer.concat([find, find, find]))
    const resetting = raw()
    resetting.socket.pause()
    resetting.socket.write(Buffer.concat([find, find, find]))
    await db.command({ ping: 1 })
    resetting.socket.resetAndDestroy()
    slow.socket.resume()
    for (const nth of [1, 2, 3]) t.equal((await slow.reply()).cursor.firstBatch.length, 40, `answer ${nth}`)
  })
})

t.test('an answer that cannot be sent is answered with an error', async (t) => {
  const { db, things } = await open(t)
  await things.insertMany([{ _id: 1, big: 'x'.repeat(9_000_000) }, { _id: 2, big: 'y'.repeat(9_000_000) }] as Document[])
  const found = await things.find().sort({ _id: 1 }).toArray()
  t.equal(found.length, 2, 'though not in one batch')
  t.equal(await codeOf(things.distinct('big')), 10334)
  t.equal(await codeOf(things.aggregate([{ $group: { _id: null, all: { $push: '$big' } } }]).toArray()), 10334)
  t.match(await db.command({ ping: 1 }), { ok: 1 })
})

t.test('the database takes a port of its own, and gives it back', async (t) => {
  const first = await startEmbeddedDatabase()
  const port = Number(new URL(first.uri).port)
  await t.rejects(startEmbeddedDatabase({ port }), { code: 'EADDRINUSE' })
  const connection = new Raw(first.uri)
  await once(connection.socket, 'connect')
  await Promise.all([first.close(), connection.closed])
  await first.close()
  const second = await startEmbeddedDatabase({ port })
  t.equal(second.uri, first.uri)
  await second.close()
})
