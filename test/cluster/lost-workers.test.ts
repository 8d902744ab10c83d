import { join } from 'node:path'
import t from 'tap'
import { startEmbeddedDatabase } from '../../embedded/index.ts'
import { startProxy } from '../../scripts/chaos/proxy.ts'
import { createWatch } from '../../scripts/chaos/watch.ts'
import { linesOf, startCrew } from './helper.ts'

t.test('a worker that is killed is started again, and /metrics has all of them', async (t) => {
  const { server, origin } = await startCrew(t)
  const [victim] = linesOf(server.output(), 'worker ready')
  process.kill(Number(victim?.workerPid), 'SIGKILL')
  await server.printed(/"signal":"SIGKILL",[^\n]*"msg":"worker died"/)
  await server.printed(/"msg":"worker died"[^]*"msg":"worker ready"/)

  const [, , successor] = linesOf(server.output(), 'worker ready')
  t.equal(successor?.worker, victim?.worker)
  t.not(successor?.workerPid, victim?.workerPid)
  const metrics = await (await fetch(`${origin}/metrics`)).text()
  for (const worker of [0, 1]) t.match(metrics, new RegExp(`^process_resident_memory_bytes\\{worker="${worker}"\\} \\d+$`, 'm'))
  t.match(metrics, /^http_request_duration_seconds_bucket\{method="GET",route="\/readyz",status="200",le="\+Inf",worker="\d"\} \d+$/m)
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('where the system has no room for another process, it is asked again, and the others serve', async (t) => {
  const { server, origin } = await startCrew(t, {}, ['--import', join(import.meta.dirname, 'no-memory.js')])
  process.kill(Number(linesOf(server.output(), 'worker ready')[0]?.workerPid), 'SIGKILL')
  await server.printed(/"msg":"worker not started"/)
  t.equal((await fetch(`${origin}/healthz`)).status, 200)
  await server.printed(/"msg":"worker not started"[^]*"msg":"worker ready"/)

  t.match(linesOf(server.output(), 'worker died'), [{ signal: 'SIGKILL', pauseMs: 100 }])
  t.match(linesOf(server.output(), 'worker not started'), [{ pauseMs: 200, err: { code: 'ENOMEM' } }])
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('a worker above its memory is replaced by another one, which is ready before', async (t) => {
  const { server, origin } = await startCrew(t, { WORKER_MAX_MEMORY_MB: '1' })
  await server.printed(/"reason":"memory","msg":"workers replaced"/)

  t.equal((await fetch(`${origin}/readyz`)).status, 200)
  t.notMatch(server.output(), /worker died/)
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('a new worker takes no traffic before it is ready, while the others serve', async (t) => {
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  const proxy = await startProxy(database.uri, createWatch())
  t.teardown(() => { proxy.close() })
  const { server, pids } = await startCrew(t, { MONGODB_URI: proxy.uri, MONGODB_SERVER_SELECTION_TIMEOUT_MS: '500' })
  const countListening = () => server.output().match(/"msg":"Server listening/g)?.length
  proxy.cut()
  process.kill(Number(pids()[0]), 'SIGKILL')
  await server.printed(/"msg":"the database is late/)
  t.equal(countListening(), 2)

  await server.printed(/("msg":"Server listening[^]*){3}/)
  t.equal(pids().length, 2, 'where the database stays away it listens all the same, a little later')
  proxy.mend()
  await server.printed(/("msg":"worker ready"[^]*){3}/)
  t.equal(await server.stop('SIGTERM'), 0)
})
