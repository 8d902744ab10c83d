import { EventEmitter } from 'node:events'
import { mock } from 'node:test'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import { MongoTopologyClosedError, type ServerType, type TopologyType } from 'mongodb'
import databaseRecovery from '../../../plugins/app/database-recovery.ts'
import metrics from '../../../plugins/app/metrics/index.ts'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import { startProxy } from '../../../scripts/chaos/proxy.ts'
import { createWatch } from '../../../scripts/chaos/watch.ts'
import { findDatabase, startGate } from '../../gate.ts'
import { buildBare, databaseName, dropDatabase, testEnv } from '../../helper.ts'

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
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'info', MONGODB_URI: uri, MONGODB_SERVER_SELECTION_TIMEOUT_MS: 3000, MONGODB_SILENCE_LIMIT_MS: 1000 } })
  await fastify.register(mongodb)
  await fastify.register(metrics)
  await fastify.register(databaseRecovery)
  const numbers = fastify.mongo.client.db(databaseName()).collection('numbers')
  const logged = (message: string) => new Promise<void>((resolve) => {
    const look = () => { if (lines.includes(message)) resolve() }
    waiting.add(look)
    look()
  })
  const isAway = async () => /^db_away 1$/m.test(await fastify.metrics.metrics())
  return { fastify, client: fastify.mongo.client, numbers, logged, isAway }
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
  await dropDatabase(numbers.db)
})

t.test('where checks get no answer it connects anew, until there is one', async (t) => {
  const gate = await startGate(t)
  const { numbers, logged } = await build(t, gate.uri)
  await numbers.insertOne({ number: 1 })

  gate.hush()
  gate.cut()
  await t.rejects(numbers.insertOne({ number: 2 }))
  await logged('the database is away')
  gate.speak()
  await logged('connected to the database anew')

  t.match(await numbers.findOneAndDelete({ number: 1 }), { number: 1 })
  await dropDatabase(numbers.db)
})

t.test('whoever waits for a database that is silent is refused, and so is all that comes until it answers', async (t) => {
  const gate = await startGate(t)
  const { numbers, logged, isAway } = await build(t, gate.uri)
  await numbers.insertOne({ number: 1 })
  t.notOk(await isAway())

  gate.hush()
  const underWay = numbers.findOne({ number: 1 })
  await t.rejects(underWay, /closed/)
  await logged('the database is away')
  t.ok(await isAway())
  await t.rejects(numbers.findOne({ number: 1 }), MongoTopologyClosedError, 'it is not asked')
  await t.rejects(numbers.insertOne({ number: 2 }), MongoTopologyClosedError)

  gate.speak()
  await logged('connected to the database anew')
  t.match(await numbers.findOne({ number: 1 }), { number: 1 })
  await dropDatabase(numbers.db)
})

t.test('a transaction that waits for a database that is away fails, and is not tried for two minutes', async (t) => {
  const gate = await startGate(t)
  const { client, numbers, logged } = await build(t, gate.uri)
  gate.hush()
  gate.cut()

  await t.rejects(client.withSession((session) => session.withTransaction(() => numbers.insertOne({ number: 1 }, { session }))), MongoTopologyClosedError)
  gate.speak()
  await logged('connected to the database anew')
  t.equal(await numbers.countDocuments({}), 0)
})

t.test('a server that closes while its database is away does not wait for it', async (t) => {
  const gate = await startGate(t)
  const { fastify, logged } = await build(t, gate.uri)
  gate.hush()
  gate.cut()
  await logged('the database is away')
  await fastify.close()
  t.pass('closed')
})

/** The plugin with time and what the driver tells in the hands of the test; nobody is checked, so that silence means nothing. */
async function buildTold (t: Test) {
  const fastify = buildBare(t)
  const client = Object.assign(new EventEmitter(), { options: { loadBalanced: true } })
  let reconnections = 0
  await fastify.register(fp(async () => {
    fastify.decorate('mongo', { client } as never)
    fastify.decorate('reconnectDatabase', async () => { reconnections++ })
  }, { name: 'mongodb' }))
  await fastify.register(config, { env: testEnv })
  await fastify.register(metrics)
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => { mock.timers.reset() })
  await fastify.register(databaseRecovery)
  return {
    /** How often it was connected anew after some time more. */
    after: (ms: number): number => {
      mock.timers.tick(ms)
      return reconnections
    },
    /** The driver sees servers of these types. */
    see: (topology: TopologyType, ...types: ServerType[]): void => {
      const servers = new Map(types.map((type, index) => [`server ${index}`, { type }]))
      client.emit('topologyDescriptionChanged', { newDescription: { type: topology, servers } })
    }
  }
}

t.test('behind a balancer, where nobody is checked, silence means nothing', async (t) => {
  const { see, after } = await buildTold(t)
  t.equal(after(60_000), 0)
  see('LoadBalanced', 'Unknown')
  t.equal(after(2000), 1, 'that there is none to use does')
})

t.test('a set that takes no writes for longer than an election takes is away', async (t) => {
  const { see, after } = await buildTold(t)
  see('ReplicaSetNoPrimary', 'RSSecondary', 'Unknown', 'Unknown')
  t.equal(after(15_000), 0, 'an election is no outage')
  see('ReplicaSetWithPrimary', 'RSSecondary', 'RSPrimary', 'Unknown')
  t.equal(after(60_000), 0)

  see('ReplicaSetNoPrimary', 'RSSecondary', 'RSArbiter', 'Unknown')
  t.equal(after(15_000), 0, 'it is counted anew')
  t.equal(after(250), 1)
})

const TAKE_WRITES: Array<[TopologyType, ServerType]> = [
  ['ReplicaSetWithPrimary', 'RSPrimary'], ['Sharded', 'Mongos'], ['LoadBalanced', 'LoadBalancer'], ['Unknown', 'Standalone'], ['Single', 'RSSecondary']
]
for (const [topology, server] of TAKE_WRITES) {
  t.test(`${server} of ${topology} is enough`, async (t) => {
    const { see, after } = await buildTold(t)
    see(topology, server, 'Unknown')
    t.equal(after(60_000), 0)
  })
}
