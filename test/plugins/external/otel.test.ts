import { createRequire } from 'node:module'
import t, { type Test } from 'tap'
import type { Environment } from '../../../schemas/config.ts'
import { findFreePort } from '../../../scripts/ports.ts'
import { startCollector } from '../../collector.ts'
import { buildApp } from '../../helper.ts'
import { until } from '../../jobs.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const parentOf = (flags: string) => ({ traceparent: `00-${TRACE_ID}-b7ad6b7169203331-${flags}` })

interface Line {
  msg: string
  trace_id?: string
}

/** The application, and what it logs. */
async function buildLogged (t: Test, env: Environment) {
  const lines: Line[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line) as Line) } }
  const fastify = await buildApp(t, { env: { LOG_LEVEL: 'info', ...env }, server: { logger: { stream } } })
  return { fastify, lines }
}

t.test('off, nothing that makes or sends spans is loaded, and the header says which trace it is', async (t) => {
  const { fastify, lines } = await buildLogged(t, { SLOW_QUERY_MS: 1, OPTIMIZATIONS_OFF: 'response-cache' })
  const answer = await fastify.inject({ url: '/v1/signals', headers: parentOf('01') })

  t.equal(answer.statusCode, 200)
  t.equal(fastify.otel, null)
  t.equal(fastify.tracing.current(), undefined)
  const fn = async () => {}
  t.equal(fastify.tracing.traced(fn, () => ({ name: '', attributes: {} })), fn)
  t.notOk(fastify.hasRequestDecorator('opentelemetry'))
  // prom-client loads the interface, which does nothing by itself
  t.strictSame(Object.keys(createRequire(import.meta.url).cache).filter((path) => /opentelemetry.(?!api.)|fastify.otel/.test(path)), [])
  t.notOk(lines.some(({ msg }) => msg.includes('traces')))
})

t.test('disabled, there are no traces whatever else is set', async (t) => {
  const fastify = await buildApp(t, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: true } })
  t.equal(fastify.otel, null)
})

t.test('a request without a trace begins one, and log lines name it', async (t) => {
  const collector = await startCollector(t)
  const { fastify, lines } = await buildLogged(t, { ...collector.env, OTEL_SERVICE_NAME: 'sahm-test', INSTANCE_ID: 'one', OPTIMIZATIONS_OFF: 'response-cache' })
  fastify.config.SLOW_QUERY_MS = -1
  for (const url of ['/v1/signals', '/healthz']) t.equal((await fastify.inject(url)).statusCode, 200)
  await fastify.otel?.flush()

  const requests = collector.spans().filter(({ kind }) => kind === 'server')
  t.strictSame(requests.map(({ name }) => name), ['GET /v1/signals'], 'probes are in no trace')
  t.ok(lines.filter(({ msg, trace_id: id }) => msg === 'slow query' && id === requests[0]?.traceId).length > 0)
  t.match(collector.resource(), { 'service.name': 'sahm-test', 'service.instance.id': `one-${process.pid}` })
})

t.test('the sampler decides, by the sender of the request if it is so named', async (t) => {
  const kept = async (t: Test, env: Environment) => {
    const collector = await startCollector(t)
    const fastify = await buildApp(t, { env: { ...collector.env, ...env } })
    for (const headers of [{}, parentOf('01'), parentOf('00')]) await fastify.inject({ url: '/v1/signals', headers })
    await fastify.close()
    return collector.spans().filter(({ kind }) => kind === 'server').length
  }
  const expected: Array<[Environment, number]> = [
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, 3],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 1],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: 0 }, 1]
  ]
  for (const [env, count] of expected) {
    await t.test(String(env.OTEL_TRACES_SAMPLER), async (t) => { t.equal(await kept(t, env), count) })
  }
})

t.test('while the collector is away requests are answered, and the log says so once', async (t) => {
  const port = await findFreePort()
  const { fastify, lines } = await buildLogged(t, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`, OTEL_EXPORTER_OTLP_TIMEOUT: 500 })
  const told = () => lines.map(({ msg }) => msg).filter((msg) => msg.includes('traces'))
  for (const round of [1, 2]) {
    t.equal((await fastify.inject('/v1/signals')).statusCode, 200, `round ${round}`)
    await t.rejects(async () => { await fastify.otel?.flush() })
  }
  t.strictSame(told(), ['traces are dropped: they cannot be sent'])

  await startCollector(t, port)
  await until(async () => {
    await fastify.inject('/v1/signals')
    return await fastify.otel?.flush().then(() => true, () => false) ?? false
  })
  t.strictSame(told(), ['traces are dropped: they cannot be sent', 'traces are sent again'])
})

t.test('a collector that never answers does not keep the server from its end', async (t) => {
  const collector = await startCollector(t, 0, { isSilent: true })
  const fastify = await buildApp(t, { env: collector.env })
  await fastify.inject('/v1/signals')
  await fastify.close()
  t.pass('ended')
})
