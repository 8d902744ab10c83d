import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { compile } from '../scripts/chaos/compiled.ts'
import { startEmbeddedDatabase } from '../embedded/index.ts'
import { findFreePort } from '../scripts/ports.ts'
import { run } from './process.ts'
import { needsRedis, startRedis } from './redis.ts'

const { programs, database } = await compile()
const listening = /"msg":"Server listening at (http:[^"]+)"/

/** Starts the embedded database in a process of its own; rejects if that ends, such as where the port was taken meanwhile. */
async function startDatabase (t: Test, port: number): Promise<void> {
  await run(t, [database, String(port)], {}).printed(/mongodb:/)
}

/** Resolves when a server says that it is ready. */
async function isReady (origin: string): Promise<void> {
  while ((await fetch(`${origin}/readyz`)).status !== 200) await delay(50)
}

t.test('a server that comes before its database listens, is not ready, and finds it', async (t) => {
  const port = await findFreePort()
  const server = run(t, [programs.api], { PORT: '0', MONGODB_URI: `mongodb://127.0.0.1:${port}/late`, MONGODB_SERVER_SELECTION_TIMEOUT_MS: '500' })
  const [, origin = ''] = await server.printed(listening)
  t.equal((await fetch(`${origin}/healthz`)).status, 200)
  t.equal((await fetch(`${origin}/readyz`)).status, 503)
  t.equal((await fetch(`${origin}/v1/signals`)).status, 503)

  await startDatabase(t, port)
  await isReady(origin)
  await server.printed(/"msg":"the database is there"/)
  t.equal((await fetch(`${origin}/v1/signals`)).status, 200)
  const told = [...server.output().matchAll(/"level":[456]0,.*"msg":"([^"]+)"\}$/gm)].map(([, message]) => message)
  const repeated = told.filter((message, i) => told.indexOf(message) < i)
  // of that, once for each part
  t.strictSame(repeated.filter((message) => message !== 'cache warming failed'), [], 'each part of the server that waits says so once')
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('workers come before their database too, and none is started twice', async (t) => {
  const port = await findFreePort()
  const server = run(t, [programs.api], { PORT: '0', WORKERS: '2', MONGODB_URI: `mongodb://127.0.0.1:${port}/late`, MONGODB_SERVER_SELECTION_TIMEOUT_MS: '500' })
  await server.printed(/Server listening[^]*Server listening/)
  t.notMatch(server.output(), /worker (ready|died|did not start)/)

  await startDatabase(t, port)
  await server.printed(/"msg":"worker ready"[^]*"msg":"worker ready"/)
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('a server that comes before its Redis is ready without it, and uses it when it is there', needsRedis, async (t) => {
  const { uri, close } = await startEmbeddedDatabase()
  t.teardown(close)
  const redis = await startRedis(t)
  await redis.kill()
  const server = run(t, [programs.api], { PORT: '0', MONGODB_URI: uri, REDIS_URL: redis.url })
  const [, origin = ''] = await server.printed(listening)
  await isReady(origin)
  t.match(server.output(), /"msg":"Redis is away"/)

  await redis.start()
  await server.printed(/"msg":"Redis is back"/)
  await server.printed(/"msg":"the Redis of the queue is back"/)
  t.equal(await server.stop('SIGTERM'), 0)
})
