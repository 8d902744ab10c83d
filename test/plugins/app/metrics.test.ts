import t, { type Test } from 'tap'
import metrics from '../../../plugins/app/metrics/index.ts'
import { buildBare } from '../../helper.ts'

async function buildMetrics (t: Test) {
  const fastify = buildBare(t)
  await fastify.register(metrics)
  fastify.get('/items/:id', async () => 'ok')
  fastify.get('/broken', async () => { throw new Error('broken') })
  return fastify
}

t.test('requests are counted by the pattern of their route, their method and status', async (t) => {
  const fastify = await buildMetrics(t)
  for (const url of ['/items/1', '/items/2', '/broken']) await fastify.inject(url)

  const text = await fastify.metrics.metrics()
  t.match(text, 'http_request_duration_seconds_count{method="GET",route="/items/:id",status="200"} 2')
  t.match(text, 'http_request_duration_seconds_bucket{method="GET",route="/items/:id",status="200",le="+Inf"} 2')
  t.match(text, 'http_request_duration_seconds_count{method="GET",route="/broken",status="500"} 1')
})

t.test('whatever URLs clients ask for, there is one series for those without a route', async (t) => {
  const fastify = await buildMetrics(t)
  for (let n = 0; n < 50; n++) await fastify.inject(`/${n}/<script>?token=secret`)

  const text = await fastify.metrics.metrics()
  t.match(text, 'http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 50')
  t.notMatch(text, 'secret')
})

t.test('operations of GraphQL are counted with their outcome, by at most a hundred names', async (t) => {
  const fastify = await buildMetrics(t)
  for (let n = 0; n < 150; n++) fastify.observeOperation(`Operation${n}`, 0.02, false)
  fastify.observeOperation('Operation0', 0.02, true)
  fastify.observeOperation('Operation0', 0.02, false)
  fastify.observeOperation('x'.repeat(65), 0.02, false)

  const text = await fastify.metrics.metrics()
  t.match(text, 'graphql_operation_duration_seconds_count{operation="Operation0",outcome="ok"} 2')
  t.match(text, 'graphql_operation_duration_seconds_count{operation="Operation0",outcome="failed"} 1')
  t.match(text, 'graphql_operation_duration_seconds_count{operation="other",outcome="ok"} 51')
  t.notMatch(text, 'Operation100')
})

t.test('a duration counts in each bucket from the first that can hold it; what is no number counts nowhere', async (t) => {
  const fastify = await buildMetrics(t)
  const histogram = fastify.durationHistogram({ name: 'steps_seconds', help: 'Steps', labelNames: ['step'], buckets: [0.1, 1] })
  const observe = histogram.series({ step: 'one' })
  for (const seconds of [0.1, 0.5, 3, NaN]) observe(seconds)

  const lines = (await fastify.metrics.getSingleMetricAsString('steps_seconds')).split('\n')
  t.strictSame(lines, [
    '# HELP steps_seconds Steps',
    '# TYPE steps_seconds histogram',
    'steps_seconds_bucket{step="one",le="0.1"} 1',
    'steps_seconds_bucket{step="one",le="1"} 2',
    'steps_seconds_bucket{step="one",le="+Inf"} 3',
    'steps_seconds_sum{step="one"} 3.6',
    'steps_seconds_count{step="one"} 3'
  ])
})

t.test('the process shows its CPU time, memory, event loop and garbage collections', async (t) => {
  const fastify = await buildMetrics(t)
  const collected = /^nodejs_gc_duration_seconds_count\{kind="minor"\} [1-9]/m
  let text = ''
  for (let garbage = ['']; !collected.test(text); garbage = Array.from({ length: 100_000 }, String)) {
    t.ok(garbage)
    text = await new Promise((resolve) => setImmediate(() => { resolve(fastify.metrics.metrics()) }))
  }
  for (const line of [
    /^process_cpu_seconds_total \d+\.\d+$/m,
    /^process_resident_memory_bytes \d{7,}$/m,
    /^process_start_time_seconds \d{10}/m,
    /^nodejs_heap_bytes\{kind="limit"\} \d{7,}$/m,
    /^nodejs_eventloop_lag_seconds\{quantile="0.99"\} /m,
    /^nodejs_eventloop_utilization [01]/m
  ]) t.match(text, line)
})

t.test('numbers asked of others are asked for once, and left out where they fail or take too long', async (t) => {
  const fastify = await buildMetrics(t)
  // limits do not keep a process alive that has nothing else to do
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  let asked = 0
  const numbers = fastify.sampled('good', async () => ++asked)
  t.strictSame(await Promise.all([numbers(), numbers(), numbers()]), [1, 1, 1])
  t.equal(await fastify.sampled('broken', async () => { throw new Error('away') })(), null)
  t.equal(await fastify.sampled('silent', () => new Promise(() => {}))(), null)

  const text = await fastify.metrics.metrics()
  t.match(text, 'metrics_samples_total{source="good",outcome="ok"} 1')
  t.match(text, 'metrics_samples_total{source="good",outcome="failed"} 0')
  for (const source of ['broken', 'silent']) t.match(text, `metrics_samples_total{source="${source}",outcome="failed"} 1`)
})

t.test('numbers a second old are asked for anew', async (t) => {
  const fastify = await buildMetrics(t)
  let asked = 0
  const numbers = fastify.sampled('good', async () => ++asked)
  while (await numbers() === 1) await new Promise((resolve) => setImmediate(resolve))
  t.equal(asked, 2)
})

t.test('two servers in one process count apart', async (t) => {
  const [one, other] = [await buildMetrics(t), await buildMetrics(t)]
  await one.inject('/items/1')
  t.match(await one.metrics.metrics(), 'route="/items/:id"')
  t.notMatch(await other.metrics.metrics(), 'route="/items/:id"')
})
