import t from 'tap'
import { startEmbeddedDatabase } from '../embedded/index.ts'
import { findFreePort } from '../scripts/ports.ts'
import { run } from './process.ts'

t.test('a worker needs jobs to do and a database that others write them to', async (t) => {
  const worker = run(t, ['worker.ts'], { DEMO_USERS: '0', JOBS_CONCURRENCY: '0' })
  t.equal(await worker.exited, 1)
  t.match(worker.output(), /JOBS_CONCURRENCY is 0/)

  const alone = run(t, ['worker.ts'], { DEMO_USERS: '0', MONGODB_URI: '' })
  t.equal(await alone.exited, 1)
  t.match(alone.output(), /MONGODB_URI is not set/)
})

t.test('a worker may be watched on a port of its own', async (t) => {
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  const port = await findFreePort()
  const worker = run(t, ['worker.ts'], { MONGODB_URI: database.uri, PORT: '1', METRICS_PORT: String(port) })
  await worker.printed(/"msg":"doing jobs"/)
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)

  t.equal((await ask('/readyz')).status, 200)
  t.match(await (await ask('/metrics')).text(), 'job_attempts_total')
  t.equal((await ask('/v1/signals')).status, 404)
  t.equal(await worker.stop('SIGTERM'), 0)
})

t.test('a worker listens nowhere, and ends well on SIGTERM', async (t) => {
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  const worker = run(t, ['worker.ts'], { MONGODB_URI: database.uri, PORT: '1' })
  await worker.printed(/"concurrency":10,"msg":"doing jobs"/)
  t.equal(await worker.stop('SIGTERM'), 0)
})
