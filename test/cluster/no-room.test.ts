import cluster from 'node:cluster'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import Fastify from 'fastify'
import t from 'tap'
import { until } from '../../bench/harness/until.ts'
import { Crew } from '../../cluster/crew.ts'
import { linesOf } from './helper.ts'

t.test('where the system has no room for another process, it is asked again', async (t) => {
  let output = ''
  const stream = new Writable({ write (line, _encoding, done) { output += String(line); done() } })
  const { log } = Fastify({ logger: { stream } })
  cluster.setupPrimary({ exec: join(import.meta.dirname, 'member.js'), execArgv: [] })
  let started = 0
  const crew = new Crew({
    size: 1,
    log,
    // of such variables Node.js can make no process: it throws, as when memory is short
    envOf: () => ++started === 2 ? { BAD: '\0' } : {},
    stopLimitMs: 10_000,
    maxMemoryBytes: 0,
    onMessage: () => {},
    onHopeless: () => { t.fail('it was ready once') }
  })
  t.teardown(() => { crew.kill() })
  crew.start()
  await until('a worker', async () => crew.serving().length === 1)
  crew.kill()
  await until('its successor', async () => linesOf(output, 'worker ready').length === 2)

  t.equal(started, 3)
  t.match(linesOf(output, 'worker died'), [{ worker: 0, signal: 'SIGKILL', pauseMs: 100 }])
  t.match(linesOf(output, 'worker not started'), [{ worker: 0, pauseMs: 200, err: { code: 'ERR_INVALID_ARG_VALUE' } }])
  t.equal(crew.serving().length, 1)
  t.ok(await crew.stop())
})
