import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { run } from '../process.ts'
import { linesOf, programs, startCrew } from './helper.ts'

t.test('a second signal ends all at once, with an error', async (t) => {
  const { server } = await startCrew(t, { SHUTDOWN_GRACE_MS: '600000' })
  server.send('SIGTERM')
  await server.printed(/"msg":"closing"[^]*"msg":"closing"[^]*"msg":"closing"/)

  // the output that this waits for is that of all
  t.equal(await server.stop('SIGTERM'), 1)
})

t.test('a signal to the whole group is one for the first process', async (t) => {
  const { server, pids } = await startCrew(t)
  for (const pid of pids()) process.kill(Number(pid), 'SIGTERM')

  t.equal(await server.stop('SIGTERM'), 0)
  // lines of several processes come in any order; those without a signal are last
  t.strictSame(linesOf(server.output(), 'closing').map(({ signal }) => signal).sort(), ['SIGTERM', undefined, undefined])
})

t.test('what no worker could start with ends the start', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => { taken.close() })
  const PORT = String((taken.address() as AddressInfo).port)
  const alone = run(t, [programs.api], { PORT, WORKERS: '2', MONGODB_URI: '' })
  t.equal(await alone.exited, 1)
  t.match(alone.output(), /WORKERS needs MONGODB_URI/)

  const started = startCrew(t, { PORT })
  await t.rejects(started, /EADDRINUSE[^]*worker did not start/)
})
