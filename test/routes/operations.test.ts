import { connect, createServer, type Socket } from 'node:net'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import databaseMetrics from '../../plugins/app/database-metrics/index.ts'
import drain from '../../plugins/app/drain.ts'
import frontDoor from '../../plugins/app/front-door.ts'
import load from '../../plugins/app/load/index.ts'
import metrics from '../../plugins/app/metrics/index.ts'
import config from '../../plugins/external/config.ts'
import mongodb from '../../plugins/external/mongodb.ts'
import operations from '../../routes/operations/index.ts'
import type { Environment } from '../../schemas/config.ts'
import { buildApp, buildBare, testEnv } from '../helper.ts'

async function buildOperations (t: Test, env: Environment = {}) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(mongodb)
  await fastify.register(metrics)
  await fastify.register(load)
  await fastify.register(frontDoor)
  await fastify.register(drain)
  await fastify.register(databaseMetrics)
  const difference = { kind: 'missing' as const, collection: 'users', name: 'user_id_1', declared: '{}', actual: null }
  fastify.decorate('indexes', {
    state: { status: 'failed' as const, differences: [difference] },
    ensure: async () => true,
    check: async () => [difference],
    apply: async () => [difference],
    usage: async () => []
  })
  await fastify.register(fp(operations))
  await fastify.ready()
  return fastify
}

/** A way to the database that can stop passing anything on, as a server that hangs does. */
async function startGate (t: Test, address: string) {
  const target = new URL(`mongodb://${address}`)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', () => { client.destroy(); upstream.destroy() })
    }
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => { for (const socket of sockets) socket.destroy() }
  t.teardown(() => { cut(); server.close() })
  const { port } = Object(server.address()) as { port: number }
  return {
    uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    hang: () => { for (const socket of sockets) socket.pause() },
    close: () => { cut(); server.close() }
  }
}

t.test('/healthz answers without asking anyone', async (t) => {
  const fastify = await buildOperations(t)
  let commands = 0
  fastify.mongo.client.on('commandStarted', () => commands++)
  const response = await fastify.inject('/healthz')
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), { status: 'ok' })
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(commands, 0)
})

t.test('/readyz asks the database once a second, however many probes come', async (t) => {
  const fastify = await buildOperations(t)
  let pings = 0
  fastify.mongo.client.on('commandStarted', ({ commandName }) => { if (commandName === 'ping') pings++ })
  const responses = await Promise.all(Array.from({ length: 50 }, () => fastify.inject('/readyz')))
  t.ok(responses.every(({ statusCode }) => statusCode === 200))
  t.match(responses[0]?.json(), { status: 'ready', database: 'reachable', indexes: { status: 'failed', differences: 1 }, load: { value: Number } }, 'a missing index is told, and no reason to be unready')
  t.equal(pings, 1)
})

/** The routes on a database behind a gate. */
async function buildBehindGate (t: Test) {
  const direct = await buildOperations(t)
  const [address] = direct.mongo.client.options.hosts
  const gate = await startGate(t, String(address))
  return { gate, fastify: await buildOperations(t, { MONGODB_URI: gate.uri }) }
}

t.test('/readyz is a 503 until the database has answered, soon and without its words', async (t) => {
  const { gate, fastify } = await buildBehindGate(t)
  gate.hang()
  const started = performance.now()
  const response = await fastify.inject('/readyz')
  t.ok(performance.now() - started < 3000, 'it does not wait longer than its limit')
  t.equal(response.statusCode, 503)
  t.equal(response.headers['retry-after'], '1')
  t.match(response.json(), { status: 'unavailable', database: 'unreachable' })

  gate.close()
  t.equal((await fastify.inject('/readyz')).statusCode, 503)
})

t.test('a database that has answered once and then hangs or is gone takes no instance out', async (t) => {
  const { gate, fastify } = await buildBehindGate(t)
  await fastify.mongo.client.db().command({ ping: 1 })

  gate.hang()
  const response = await fastify.inject('/readyz')
  t.equal(response.statusCode, 200)
  t.notOk('retry-after' in response.headers)
  t.match(response.json(), { status: 'degraded', database: 'unreachable', indexes: { status: 'failed' }, load: { value: Number } })

  gate.close()
  t.match((await fastify.inject('/readyz')).json(), { status: 'degraded', database: 'unreachable' })
  fastify.drain.leave()
  const last = await fastify.inject('/readyz')
  t.equal(last.statusCode, 503)
  t.match(last.json(), { status: 'stopping', database: 'unreachable' })
})

t.test('/readyz is a 503 from the first sign of the stop, while all else is answered', async (t) => {
  const fastify = await buildOperations(t)
  t.equal((await fastify.inject('/readyz')).statusCode, 200)
  fastify.drain.leave()

  const response = await fastify.inject('/readyz')
  t.equal(response.statusCode, 503)
  t.match(response.json(), { status: 'stopping', database: 'reachable' })
  t.equal((await fastify.inject('/healthz')).statusCode, 200)
})

t.test('the application has all three outside of its versioned paths', async (t) => {
  const fastify = await buildApp(t)
  await fastify.indexes.ensure()
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    const { statusCode, headers } = await fastify.inject(url)
    t.equal(statusCode, 200, url)
    t.equal(headers['cache-control'], 'no-store', url)
  }
  t.match((await fastify.inject('/readyz')).json(), { indexes: { status: 'ready', differences: 0 } })
  t.match((await fastify.inject('/metrics')).body, 'index_differences')
})

t.test('/metrics shows the metrics of this server as text', async (t) => {
  const fastify = await buildOperations(t)
  await fastify.inject('/healthz')
  const response = await fastify.inject('/metrics')
  t.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  t.match(response.body, 'http_request_duration_seconds_count{method="GET",route="/healthz",status="200"} 1')
  t.match(response.body, /^db_pool_connections\{state="size"\} \d/m)
})
