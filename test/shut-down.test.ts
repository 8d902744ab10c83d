import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { compile } from '../scripts/chaos/compiled.ts'
import { startClients } from './clients.ts'
import { run } from './process.ts'

const { programs } = await compile()
const listening = /"msg":"Server listening at (http:[^"]+)"/
const env = { PORT: '0', DEMO_USERS: '10', MONGODB_URI: '', RATE_LIMIT_ANONYMOUS: '1000000', SHEDDING_MIN_IN_FLIGHT: '1000' }

t.test('a stop under load loses no request: balancers notice first, then every answer ends its connection', async (t) => {
  const server = run(t, [programs.api], { ...env, SHUTDOWN_GRACE_MS: '3000' })
  const [, origin = ''] = await server.printed(listening)
  const paths = ['/v1/signals', '/v1/signals?limit=1&fields=symbol', '/v1/analysts', '/healthz']
  const clients = startClients(origin, paths)
  t.teardown(() => clients.stop())

  await clients.answered(300)
  server.send('SIGTERM')
  await clients.ended
  t.equal(await server.exited, 0)
  t.strictSame(clients.failures, [])
  t.equal(clients.counts.sentAway, paths.length, 'each kept connection was ended by an answer')
})

t.test('connections that say nothing hold nobody up', async (t) => {
  const server = run(t, [programs.api], env)
  const [, origin] = await server.printed(listening)
  const { hostname, port } = new URL(String(origin))
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const closed = once(socket, 'close')

  t.equal(await server.stop('SIGINT'), 0)
  await closed
})

t.test('what does not close in time is left, with an error', async (t) => {
  const server = run(t, ['--import', join(import.meta.dirname, 'no-end.js'), programs.api], { ...env, SHUTDOWN_CLOSE_MS: '500' })
  await server.printed(listening)

  t.equal(await server.stop('SIGTERM'), 1)
  t.match(server.output(), /Not closed within 500 ms/)
})

t.test('a second signal ends it at once, with an error', async (t) => {
  const server = run(t, [programs.api], { ...env, SHUTDOWN_GRACE_MS: '600000' })
  await server.printed(listening)
  server.send('SIGTERM')
  await server.printed(/"msg":"closing"/)

  t.equal(await server.stop('SIGTERM'), 1)
  t.match(server.output(), /second SIGTERM, exiting/)
})
