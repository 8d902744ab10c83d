import type { OpsSnapshot } from '../../../schemas/ops.ts'
import { createChanges, quantileOf, valuesOf, type Changes, type Wanted } from './changes.ts'
import { readSamples, type Samples } from './samples.ts'

/** What a snapshot is made of. */
const NAMES = new Set([
  'http_request_duration_seconds_bucket', 'http_request_duration_seconds_count', 'cache_reads_total', 'response_cache_answers_total',
  'load_ratio', 'rate_limits_factor', 'rate_limits_fleet_instances', 'rate_limits_refused_total', 'load_shedding_refused_total',
  'db_pool_connections', 'outbox_entries', 'outbox_oldest_due_seconds', 'job_queue_jobs'
])
/** A stream of this kind takes minutes, and is nobody's waiting. */
const STREAM = '/v1/ops/stream'
/** A refusal takes no time, which says nothing of the rest. */
const REFUSED = '503'
const MS_PER_S = 1000
const US_PER_S = 1e6
const US_PER_MS = 1000

/** The metrics at one time. */
export interface Reading {
  /** Milliseconds since the epoch. */
  at: number
  samples: Samples
}

/** Takes what a snapshot needs from the text of `/metrics`. */
export function createReading (text: string, at: number): Reading {
  return { at, samples: readSamples(text, NAMES) }
}

const largest = (values: number[]): number | null => values.length === 0 ? null : Math.max(...values)
const smallest = (values: number[]): number | null => values.length === 0 ? null : Math.min(...values)
const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0)

function share (changes: Changes, name: string, within: Wanted): number | null {
  const all = changes.sum(name, within)
  return all === 0 ? null : (all - changes.sum(name, (labels) => within(labels) && labels.outcome === 'miss')) / all
}

function latencyOf (changes: Changes): OpsSnapshot['latency'] {
  const buckets = changes.buckets('http_request_duration_seconds_bucket', ({ route, status }) => route !== STREAM && status !== REFUSED)
  function percentile (part: number): number | null {
    const seconds = quantileOf(buckets, part)
    return seconds === null ? null : Math.round(seconds * US_PER_S) / US_PER_MS
  }
  return { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) }
}

/** Numbers of the fleet, which each process tells alike: the largest of each kind of job, added up. Null if nobody knows. */
function fleetTotal (now: Samples, name: string, { by, wanted = () => true }: { by: string, wanted?: Wanted }): number | null {
  const largestOf = new Map<string | undefined, number>()
  for (const { labels, value } of now.get(name)?.values() ?? []) {
    if (wanted(labels)) largestOf.set(labels[by], Math.max(value, largestOf.get(labels[by]) ?? 0))
  }
  return largestOf.size === 0 ? null : total([...largestOf.values()])
}

function jobsOf (now: Samples): OpsSnapshot['jobs'] {
  const count = (state: string) => fleetTotal(now, 'outbox_entries', { by: 'kind', wanted: (labels) => labels.state === state })
  return {
    waiting: count('waiting'),
    due: count('due'),
    running: count('running'),
    dead: count('dead'),
    oldest_due_s: largest(valuesOf(now, 'outbox_oldest_due_seconds'))
  }
}

function poolOf (now: Samples): OpsSnapshot['pool'] {
  const count = (wanted: string) => total(valuesOf(now, 'db_pool_connections', ({ state }) => state === wanted))
  return { size: count('size'), in_use: count('in_use'), waiting: count('waiting') }
}

/** What has happened between two readings, and what is at the second. */
export function snapshotOf (before: Reading, now: Reading): OpsSnapshot {
  const changes = createChanges(before.samples, now.samples)
  const seconds = (now.at - before.at) / MS_PER_S
  const rate = (name: string, wanted?: Wanted): number => seconds > 0 ? changes.sum(name, wanted) / seconds : 0
  const tier = (name: string) => share(changes, 'cache_reads_total', (labels) => labels.tier === name)
  const factors = now.samples.get('rate_limits_factor')

  return {
    at: now.at,
    instances: largest(valuesOf(now.samples, 'rate_limits_fleet_instances')) ?? 1,
    processes: factors?.size ?? 1,
    requests: {
      rate: rate('http_request_duration_seconds_count', ({ route }) => route !== STREAM),
      errors: rate('http_request_duration_seconds_count', ({ status }) => Number(status) >= 500)
    },
    latency: latencyOf(changes),
    hits: { memory: tier('memory'), shared: tier('shared'), answers: share(changes, 'response_cache_answers_total', () => true) },
    load: {
      value: largest(valuesOf(now.samples, 'load_ratio', ({ kind }) => kind === 'value')),
      factor: smallest(valuesOf(now.samples, 'rate_limits_factor'))
    },
    refused: { shed: rate('load_shedding_refused_total'), limited: rate('rate_limits_refused_total') },
    pool: poolOf(now.samples),
    jobs: jobsOf(now.samples),
    queued: fleetTotal(now.samples, 'job_queue_jobs', { by: 'state' })
  }
}
