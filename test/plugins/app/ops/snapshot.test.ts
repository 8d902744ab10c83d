import t from 'tap'
import { createChanges, quantileOf } from '../../../../plugins/app/ops/changes.ts'
import { readSamples } from '../../../../plugins/app/ops/samples.ts'
import { createReading, snapshotOf } from '../../../../plugins/app/ops/snapshot.ts'

const START = 1_795_771_200_000

/** Of processes that have answered before. */
const KNOWN = 'load_ratio{kind="cpu"} 0\nload_ratio{kind="cpu",worker="1"} 0\nload_ratio{kind="cpu",worker="2"} 0\n'

const between = (before: string, now: string, seconds = 2) => snapshotOf(createReading(KNOWN + before, START), createReading(now, START + seconds * 1000))

/** A series of `http_request_duration_seconds`: cumulative counts below 0.1 s, below 1 s and of all. */
function durations (labels: string, counts: [number, number, number]): string {
  const lines = ['0.1', '1', '+Inf'].map((le, i) => `http_request_duration_seconds_bucket{${labels},le="${le}"} ${counts[i]}`)
  return [...lines, `http_request_duration_seconds_sum{${labels}} 9`, `http_request_duration_seconds_count{${labels}} ${counts[2]}`].join('\n')
}

t.test('metrics are read from their text, by name, with labels of any content', async (t) => {
  const text = '# HELP a A help\n# TYPE a gauge\na 1.5\na{x="1",y="q\\"}, {=\\\\"} 2e-3\nb{x="1"} +Inf\n\nother 7'
  const samples = readSamples(text, new Set(['a', 'b']))

  t.strictSame([...samples.keys()], ['a', 'b'])
  t.strictSame([...samples.get('a')?.values() ?? []], [{ labels: {}, value: 1.5 }, { labels: { x: '1', y: 'q\\"}, {=\\\\' }, value: 0.002 }])
})

t.test('a counter that has become smaller counts from nothing, a new series too, and that of a process unknown before not at all', async (t) => {
  const read = (text: string) => readSamples(text, new Set(['c']))
  const changes = createChanges(read('c{worker="1"} 10\nc{worker="2"} 5'), read('c{worker="1"} 4\nc{worker="2"} 6\nc{worker="2",x="y"} 2\nc{worker="3"} 9000'))

  t.equal(changes.sum('c'), 4 + 1 + 2)
  t.equal(changes.sum('c', ({ worker }) => worker === '2'), 3)
  t.equal(changes.sum('unknown'), 0)
})

t.test('a percentile lies within its bucket, by the share of it that is below', async (t) => {
  const buckets = [{ bound: 0.1, count: 50 }, { bound: 1, count: 90 }, { bound: Infinity, count: 100 }]

  t.equal(quantileOf(buckets, 0.25), 0.05)
  t.equal(quantileOf(buckets, 0.5), 0.1)
  t.ok(Math.abs((quantileOf(buckets, 0.7) ?? 0) - 0.55) < 1e-9)
  t.equal(quantileOf(buckets, 0.99), 1, 'beyond the last bound it is that bound')
  t.equal(quantileOf([{ bound: 0.1, count: 0 }, { bound: Infinity, count: 0 }], 0.5), null)
  t.equal(quantileOf([], 0.5), null)
})

t.test('rates, errors and percentiles are those between two readings, of all routes and processes', async (t) => {
  const first = 'method="GET",route="/v1/signals",status="200",worker="1"'
  const second = 'method="GET",route="/v1/signals",status="200",worker="2"'
  const failed = 'method="POST",route="/graphql",status="500",worker="2"'
  const { requests, latency } = between(
    [durations(first, [100, 100, 100]), durations(second, [0, 0, 0])].join('\n'),
    [durations(first, [110, 110, 110]), durations(second, [0, 8, 8]), durations(failed, [0, 2, 2])].join('\n')
  )

  t.strictSame(requests, { rate: 10, errors: 1 })
  t.strictSame(latency, { p50: 100, p95: 910, p99: 982 })
})

t.test('streams of this kind and refusals are no latency', async (t) => {
  const stream = 'method="GET",route="/v1/ops/stream",status="200"'
  const refused = 'method="GET",route="/v1/signals",status="503"'
  const { requests, latency } = between('', [durations(stream, [0, 0, 3]), durations(refused, [4, 4, 4])].join('\n'))

  t.strictSame(requests, { rate: 2, errors: 2 })
  t.strictSame(latency, { p50: null, p95: null, p99: null })
})

t.test('hits are told by tier, where somebody has read', async (t) => {
  const reads = (hit: number, stale: number, miss: number) => `cache_reads_total{cache="a",tier="memory",outcome="hit"} ${hit}
cache_reads_total{cache="a",tier="memory",outcome="stale"} ${stale}
cache_reads_total{cache="a",tier="memory",outcome="miss"} ${miss}
cache_reads_total{cache="a",tier="shared",outcome="miss"} 7
response_cache_answers_total{outcome="hit"} ${hit}
response_cache_answers_total{outcome="miss"} ${miss}`

  t.strictSame(between(reads(1, 0, 1), reads(3, 1, 2)).hits, { memory: 0.75, shared: null, answers: 2 / 3 })
})

t.test('what is now: the largest load, the smallest factor, all connections, numbers of the fleet once', async (t) => {
  const { at, instances, processes, load, refused, pool, jobs, queued } = between('', `load_ratio{kind="value",worker="1"} 0.25
load_ratio{kind="value",worker="2"} 0.5
load_ratio{kind="memory",worker="1"} 0.9
rate_limits_factor{worker="1"} 1
rate_limits_factor{worker="2"} 0.7
rate_limits_fleet_instances{worker="1"} 3
rate_limits_refused_total{policy="free",worker="1"} 6
load_shedding_refused_total{priority="read",reason="concurrency",worker="1"} 4
db_pool_connections{state="size",worker="1"} 5
db_pool_connections{state="size",worker="2"} 6
db_pool_connections{state="in_use",worker="1"} 2
db_pool_connections{state="waiting",worker="2"} 1
outbox_entries{kind="withdrawal",state="due",worker="1"} 8
outbox_entries{kind="withdrawal",state="due",worker="2"} 9
outbox_entries{kind="payment-event",state="due",worker="2"} 1
outbox_entries{kind="payment-event",state="dead",worker="2"} 0
outbox_oldest_due_seconds{kind="withdrawal",worker="2"} 12.5
job_queue_jobs{state="waiting",worker="1"} 2
job_queue_jobs{state="active",worker="1"} 1`)

  t.strictSame({ at, instances, processes }, { at: START + 2000, instances: 3, processes: 2 })
  t.strictSame(load, { value: 0.5, factor: 0.7 })
  t.strictSame(refused, { shed: 2, limited: 3 })
  t.strictSame(pool, { size: 11, in_use: 2, waiting: 1 })
  t.strictSame(jobs, { waiting: null, due: 10, running: null, dead: 0, oldest_due_s: 12.5 })
  t.equal(queued, 3)
})

t.test('what nobody tells is null, and no time is no rate', async (t) => {
  t.strictSame(between('', durations('status="200"', [1, 1, 1]), 0), {
    at: START,
    instances: 1,
    processes: 1,
    requests: { rate: 0, errors: 0 },
    latency: { p50: 50, p95: 95, p99: 99 },
    hits: { memory: null, shared: null, answers: null },
    load: { value: null, factor: null },
    refused: { shed: 0, limited: 0 },
    pool: { size: 0, in_use: 0, waiting: 0 },
    jobs: { waiting: null, due: null, running: null, dead: null, oldest_due_s: null },
    queued: null
  })
})
