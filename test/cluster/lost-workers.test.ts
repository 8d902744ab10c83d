import t from 'tap'
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

t.test('a worker above its memory is replaced by another one, which is ready before', async (t) => {
  const { server, origin } = await startCrew(t, { WORKER_MAX_MEMORY_MB: '1' })
  await server.printed(/"reason":"memory","msg":"workers replaced"/)

  t.equal((await fetch(`${origin}/readyz`)).status, 200)
  t.notMatch(server.output(), /worker died/)
  t.equal(await server.stop('SIGTERM'), 0)
})
