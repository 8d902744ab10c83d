import type { BenchOptions } from '../harness/claim.ts'
import type { Evidence } from './evidence.ts'

/** A claim that is measured off and on, and its options where those of the claim would take too long together. */
export interface Step {
  claim: string
  options?: Partial<BenchOptions>
}

type Shown = Pick<Evidence, 'record' | 'metric' | 'what' | 'unit'>

/** One of the design's optimizations. */
export interface Optimization {
  number: number
  name: string
  steps: readonly Step[]
  /** What is shown of it; the first in the chart too. */
  shown: readonly [headline: Shown & { better: 'more' | 'less' }, ...Shown[]]
}

/** Enough for a ratio; the whole should take ten minutes. */
const SHORT = { rounds: 3, seconds: 2, users: 500 }

/** The ten, in the order of the design note. */
export const OPTIMIZATIONS: readonly Optimization[] = [
  {
    number: 1,
    name: 'compound indexes',
    steps: [{ claim: 'compound-indexes-each', options: { rounds: 3, seconds: 1 } }],
    shown: [
      { record: 'compound-indexes-each', metric: 'transactions_of_a_user_p50_ms', what: "a user's transactions, p50", unit: 'ms', better: 'less' },
      { record: 'compound-indexes-each', metric: 'signals_of_an_analyst_p50_ms', what: "an analyst's signals, p50", unit: 'ms' },
      { record: 'compound-indexes-each', metric: 'newest_signals_p50_ms', what: 'the newest signals, p50', unit: 'ms' },
      { record: 'compound-indexes-each', metric: 'best_analysts_p50_ms', what: 'the best analysts, p50', unit: 'ms' }
    ]
  },
  {
    number: 2,
    name: 'larger pool',
    steps: [{ claim: 'connection-pool', options: SHORT }],
    shown: [
      { record: 'connection-pool', metric: 'requests_per_second', what: '300 requests at once, requests/s', better: 'more' },
      { record: 'connection-pool', metric: 'p99_ms', what: 'the same, p99', unit: 'ms' }
    ]
  },
  {
    number: 3,
    name: 'data loaders',
    steps: [{ claim: 'data-loaders', options: SHORT }],
    shown: [
      { record: 'data-loaders', metric: 'requests_per_second', what: '50 signals with analyst and user, requests/s', better: 'more' },
      { record: 'data-loaders', metric: 'commands_per_request', what: 'the same, database commands' }
    ]
  },
  {
    number: 4,
    name: 'cache and warming',
    steps: [{ claim: 'cache-hit-rate', options: { rounds: 2 } }, { claim: 'cache-warming', options: { rounds: 2, users: 500 } }, { claim: 'response-cache', options: SHORT }],
    shown: [
      { record: 'response-cache', metric: 'requests_per_second', what: 'a public list, requests/s', better: 'more' },
      { record: 'cache-hit-rate', metric: 'loads_per_1000_reads', what: 'loads for 1,000 reads by Zipf(1.0) with 1 % writes' },
      { record: 'cache-warming', metric: 'commands', what: 'database commands of the first requests after a start' }
    ]
  },
  {
    number: 5,
    name: 'one aggregation, projections',
    steps: [{ claim: 'single-aggregation-heavy', options: { ...SHORT, users: 100 } }, { claim: 'projections', options: SHORT }],
    shown: [
      { record: 'single-aggregation-heavy', metric: 'p50_ms', what: 'statistics of a user with 100,000 transactions, p50', unit: 'ms', better: 'less' },
      { record: 'single-aggregation-heavy', metric: 'cpu_ms_per_request', what: 'the same, CPU time a request', unit: 'ms' },
      { record: 'projections', metric: 'cpu_ms_per_request', what: 'analysts with two fields each, CPU time a request', unit: 'ms' }
    ]
  },
  {
    number: 6,
    name: 'streams',
    steps: [{ claim: 'export-streaming', options: { rounds: 3 } }],
    shown: [
      { record: 'export-streaming', metric: 'rss_growth_mib', what: 'memory that an export of 50,000 users adds', unit: 'MiB', better: 'less' },
      { record: 'export-streaming', metric: 'rows_per_second', what: 'its rows/s' }
    ]
  },
  {
    number: 7,
    name: 'performance monitor, slow-query log',
    steps: [{ claim: 'monitoring', options: SHORT }],
    shown: [
      { record: 'monitoring', metric: 'cpu_ms_per_request', what: 'one user by number, CPU time a request', unit: 'ms', better: 'less' },
      { record: 'monitoring', metric: 'requests_per_second', what: 'the same, requests/s' }
    ]
  },
  {
    number: 8,
    name: 'load shedding',
    steps: [{ claim: 'overload', options: { rounds: 2, seconds: 4, users: 500 } }],
    shown: [
      { record: 'overload', metric: 'admitted_p99_ms', what: 'five times the capacity, p99 of what is answered', unit: 'ms', better: 'less' },
      { record: 'overload', metric: 'answers_per_second', what: 'the same, answers/s in time' },
      { record: 'overload', metric: 'failed_percent', what: 'the same, requests without any answer', unit: '%' }
    ]
  },
  {
    number: 9,
    name: 'compression, entity tags',
    steps: [{ claim: 'compression', options: SHORT }, { claim: 'etag', options: SHORT }],
    shown: [
      { record: 'compression', metric: 'bytes_per_answer', what: 'a list of analysts by Brotli, bytes an answer', better: 'less' },
      { record: 'compression', metric: 'cpu_ms_per_request', what: 'the same made anew each time, CPU time a request', unit: 'ms' },
      { record: 'etag', metric: 'bytes_per_answer', what: 'plain, nine of ten clients have it, bytes an answer' }
    ]
  },
  {
    number: 10,
    name: 'jobs by priority, ledger',
    steps: [{ claim: 'job-priorities', options: { rounds: 2 } }, { claim: 'ledger-transactions', options: { rounds: 2, seconds: 5, users: 500 } }],
    shown: [
      { record: 'job-priorities', metric: 'urgent_done_after_ms', what: 'an urgent job behind 200 others is done after', unit: 'ms', better: 'less' }
    ]
  }
]
