import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import Fastify from 'fastify'
import databaseRecovery from '../../../plugins/app/database-recovery.ts'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import { startEmbeddedDatabase } from '../../../embedded/index.ts'
import { startProxy } from '../../../scripts/chaos/proxy.ts'
import { createWatch } from '../../../scripts/chaos/watch.ts'
import { databaseName, testEnv } from '../../helper.ts'

async function findDatabase (t: Test): Promise<string> {
  if (process.env.MONGODB_URI) return process.env.MONGODB_URI
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  await database.prepared
  return database.uri
}

/** A server that uses the database at an address; `logged` resolves once it has logged a message. */
async function build (t: Test, uri: string) {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const fastify = Fastify({
    logger: {
      stream: {
        write (line: string) {
          lines.push((JSON.parse(line) as { msg: string }).msg)
          for (const look of waiting) look()
        }
      }
    }
  })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'info', MONGODB_URI: uri, MONGODB_SERVER_SELECTION_TIMEOUT_MS: 1000 } })
  await fastify.register(mongodb)
  await fastify.register(databaseRecovery)
  const numbers = fastify.mongo.client.db(databaseName).collection('numbers')
  const logged = (message: string) => new Promise<void>((resolve) => {
    const look = () => { if (lines.includes(message)) resolve() }
    waiting.add(look)
    look()
  })
  return { numbers, logged }
}

t.test('a server whose connections all end while it writes finds the database again', async (t) => {
  const watch = createWatch()
  const proxy = await startProxy(await findDatabase(t), watch)
  t.teardown(() => { proxy.close() })
  const { numbers } = await build(t, proxy.uri)
  await numbers.insertOne({ number: 1 })

  watch.arm({
    moment: { nth: 1, side: 'before' },
    strike: () => {
      proxy.cut()
      setImmediate(() => { proxy.mend() })
      return false
    }
  })
  await numbers.insertOne({ number: 2 }).catch(() => {})
  const until = Date.now() + 20_000
  let isBack = false
  while (!isBack && Date.now() < until) isBack = await numbers.insertOne({ number: 3 }).then(() => true, () => false)

  t.ok(isBack)
  await numbers.drop()
})

t.test('where checks get no answer it connects anew, until there is one', async (t) => {
  const { hostname, port } = new URL(await findDatabase(t))
  const sockets = new Set<Socket>()
  let isMute = false
  const gate = createServer((client) => {
    sockets.add(client.on('error', () => {}))
    if (isMute) return
    const upstream = connect(Number(port), hostname).on('error', () => {})
    sockets.add(upstream)
    client.pipe(upstream).pipe(client)
  })
  gate.listen(0, '127.0.0.1')
  await once(gate, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    gate.close()
  })
  const { numbers, logged } = await build(t, `mongodb://127.0.0.1:${(gate.address() as AddressInfo).port}`)
  await numbers.insertOne({ number: 1 })

  isMute = true
  for (const socket of sockets) socket.destroy()
  await t.rejects(numbers.insertOne({ number: 2 }))
  await logged('the database is away')
  isMute = false
  await logged('connected to the database anew')

  t.match(await numbers.findOneAndDelete({ number: 1 }), { number: 1 })
  await numbers.drop()
})
