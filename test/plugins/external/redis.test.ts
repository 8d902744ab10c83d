import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import config from '../../../plugins/external/config.ts'
import redis from '../../../plugins/external/redis.ts'
import { buildApp, buildBare, testEnv } from '../../helper.ts'
import { needsRedis, startRedis } from '../../redis.ts'

async function build (t: Test, url: string) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, REDIS_URL: url } })
  await fastify.register(redis)
  return fastify
}

/** A server that answers every command alike, which is enough to connect to, or none while it is silent. */
async function startStandIn (t: Test) {
  const sockets = new Set<Socket>()
  const state = { isSilent: false }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('data', (bytes: Buffer) => { if (!state.isSilent) socket.write('+OK\r\n'.repeat(bytes.toString().match(/^\*\d+\r$/gm)?.length ?? 0)) })
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  const drop = () => { for (const socket of sockets) socket.destroy() }
  async function listen (port = 0): Promise<void> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen()
  const { port } = server.address() as AddressInfo
  t.teardown(() => { server.close(); drop() })
  return { state, drop, url: `redis://127.0.0.1:${port}`, stop: () => { server.close(); drop() }, listen: () => listen(port) }
}

t.test('without an address there is no Redis', async (t) => {
  t.equal((await build(t, '')).redis, null)
  t.equal((await buildApp(t)).redis, null)
})

t.test('the server starts with a connection, which it closes at the end', async (t) => {
  const { url } = await startStandIn(t)
  const fastify = await build(t, url)
  t.equal(fastify.redis?.status, 'ready')
  t.match(fastify.redis?.options, { maxRetriesPerRequest: 5, connectTimeout: 10_000, keepAlive: 30_000, enableOfflineQueue: false, lazyConnect: false })
  await fastify.close()
  await t.rejects(async () => await fastify.redis?.ping())
})

t.test('the server starts without Redis, where commands fail at once, and finds it when it comes; both are said once', async (t) => {
  const server = await startStandIn(t)
  server.stop()
  const fastify = await build(t, server.url)
  await t.rejects(async () => await fastify.redis?.get('key'))
  const said: unknown[] = []
  t.intercept(fastify.log, 'warn', { value: (...args: unknown[]) => said.push(args.at(-1)) })
  t.intercept(fastify.log, 'info', { value: (...args: unknown[]) => said.push(args.at(-1)) })
  await server.listen()
  while (fastify.redis?.status !== 'ready') await delay(10)
  t.equal(await fastify.redis.get('key'), 'OK')
  server.stop()
  while (said.length < 2) await delay(10)
  t.strictSame(said, ['Redis is back', 'Redis is away'])
})

t.test('a connection that answers nothing is given up', async (t) => {
  const { url, state } = await startStandIn(t)
  const fastify = await build(t, url)
  state.isSilent = true
  const lost = new Promise((resolve) => { fastify.redis?.once('close', resolve) })
  fastify.redis?.get('key').catch(() => {})
  await lost
  state.isSilent = false
  while (fastify.redis?.status !== 'ready') await delay(10)
  t.equal(await fastify.redis.get('other'), 'OK')
})

t.test('a real Redis answers through it', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const fastify = await build(t, url)
  await fastify.redis?.set('key', 'value')
  t.equal(await fastify.redis?.get('key'), 'value')
})
