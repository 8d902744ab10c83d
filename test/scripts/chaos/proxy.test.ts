import { once } from 'node:events'
import { connect } from 'node:net'
import { MongoClient, type Document } from 'mongodb'
import t, { type Test } from 'tap'
import { startEmbeddedDatabase } from '../../../embedded/index.ts'
import { startProxy } from '../../../scripts/chaos/proxy.ts'
import { createTransactions } from '../../../scripts/chaos/transactions.ts'
import { createWatch, type Moment } from '../../../scripts/chaos/watch.ts'
import { databaseName, dropDatabase } from '../../helper.ts'

/** A client behind a proxy, and one that goes past it. */
async function prepare (t: Test) {
  const embedded = process.env.MONGODB_URI ? undefined : await startEmbeddedDatabase()
  await embedded?.prepared
  const uri = process.env.MONGODB_URI || (embedded?.uri ?? '')
  const watch = createWatch()
  const proxy = await startProxy(uri, watch)
  const [direct, watched] = [new MongoClient(uri), new MongoClient(proxy.uri, { retryWrites: false, serverSelectionTimeoutMS: 300 })]
  const numbers = direct.db(databaseName()).collection('numbers')
  await numbers.insertOne({ number: 0 })
  t.teardown(async () => {
    await dropDatabase(numbers.db)
    await Promise.all([direct.close(), watched.close()])
    proxy.close()
    await embedded?.close()
  })
  return { watch, proxy, numbers, client: watched, behind: watched.db(databaseName()).collection('numbers') }
}

/** Inserts a number, and is struck at a moment; how often the number is there then. */
async function strikeAt (t: Test, moment: Moment): Promise<number> {
  const { watch, proxy, numbers, behind } = await prepare(t)
  await behind.findOne()
  watch.arm({
    moment,
    strike () {
      proxy.cut()
      return false
    }
  })
  await t.rejects(behind.insertOne({ number: 1 }))
  t.strictSame(watch.disarm(), ['insert numbers'])
  return await numbers.countDocuments({ number: 1 })
}

t.test('before a write the database never gets it', async (t) => {
  t.equal(await strikeAt(t, { nth: 1, side: 'before' }), 0)
})

t.test('after a write the database has it, and the process does not know', async (t) => {
  t.equal(await strikeAt(t, { nth: 1, side: 'after' }), 1)
})

for (const passesOn of [true, false]) {
  t.test(`a write waits for the strike, and ${passesOn ? 'passes on if it may' : 'is lost if it may not pass on'}`, async (t) => {
    const { watch, numbers, behind } = await prepare(t)
    let decide = (_passes: boolean) => {}
    const struck = new Promise<void>((resolve) => {
      watch.arm({
        moment: { nth: 1, side: 'before' },
        strike () {
          resolve()
          return new Promise((resolve) => { decide = resolve })
        }
      })
    })
    const write = behind.insertOne({ number: 1 }).then(() => true, () => false)
    await struck
    t.equal(await numbers.countDocuments({ number: 1 }), 0, 'it waits')
    decide(passesOn)

    t.equal(await write, passesOn)
    t.equal(await numbers.countDocuments({ number: 1 }), Number(passesOn))
  })
}

t.test('writes are counted while it is armed, and pass until the moment', async (t) => {
  const { watch, numbers, client, behind } = await prepare(t)
  await behind.insertOne({ number: 1 })
  watch.arm()
  await behind.updateOne({ number: 1 }, { $set: { number: 2 } })
  await behind.findOneAndDelete({ number: 2 })
  await behind.findOne()
  await client.withSession((session) => session.withTransaction(() => behind.insertOne({ number: 3 }, { session })))

  t.strictSame(watch.disarm(), ['update numbers', 'findAndModify numbers', 'insert numbers', 'commitTransaction'])
  t.strictSame(watch.disarm(), [])
  t.equal(await numbers.countDocuments(), 2)
})

t.test('a transaction is abandoned when its connections end before it does', async (t) => {
  const transactions = createTransactions()
  const follow = (name: string, session?: string, body: Document = {}) => { transactions.follow({ id: 1, name, body: { [name]: 1, ...(session !== undefined && { lsid: { id: session } }), ...body } }) }
  follow('ping')
  for (const session of ['committed', 'aborted', 'under way']) follow('insert', session, { startTransaction: true })
  follow('find', 'plain')
  follow('commitTransaction', 'committed')
  follow('abortTransaction', 'aborted')
  t.strictSame(transactions.takeAbandoned(), [])
  transactions.abandon()

  t.strictSame(transactions.takeAbandoned(), [{ id: 'under way' }])
  t.strictSame(transactions.takeAbandoned(), [])
})

t.test('while it is cut new connections are refused', async (t) => {
  const { proxy } = await prepare(t)
  const { hostname, port } = new URL(proxy.uri)
  proxy.cut()
  const socket = connect(Number(port), hostname)
  const [error] = await once(socket, 'error', { signal: AbortSignal.timeout(5000) })

  t.match(error, { code: 'ECONNRESET' })
  t.strictSame(proxy.takeAbandoned(), [])
})

t.test('what is no message ends its connection', async (t) => {
  const { proxy } = await prepare(t)
  const { hostname, port } = new URL(proxy.uri)
  const socket = connect(Number(port), hostname).on('error', () => {})
  socket.write(Buffer.alloc(16))

  await once(socket.resume(), 'close', { signal: AbortSignal.timeout(5000) })
  t.ok(socket.destroyed)
})

t.test('a process that ends its connection ends that to the database', async (t) => {
  const { proxy } = await prepare(t)
  const { hostname, port } = new URL(proxy.uri)
  const socket = connect(Number(port), hostname)
  socket.end()

  await once(socket.resume(), 'close', { signal: AbortSignal.timeout(5000) })
  t.ok(socket.destroyed)
})

t.test('what is larger than buffers passes too', async (t) => {
  const { behind } = await prepare(t)
  const text = 'x'.repeat(4_000_000)
  await behind.insertOne({ number: 1, text })

  t.equal((await behind.findOne({ number: 1 }))?.text, text)
})
