import type { Evidence } from './evidence.ts'

/** A result that the design note claims, and what says something about it here. */
export interface NoteClaim {
  claimed: string
  /** Percent by which it should change, for the chart. */
  range?: readonly [least: number, most: number]
  evidence: readonly Evidence[]
}

const FASTER = { as: 'change', unit: 'ms', wanted: { atMost: -40 } } as const
const MORE = { as: 'times', unit: '/s', wanted: { atLeast: 2 } } as const
const SMALLER = { as: 'change', unit: 'MiB', wanted: { atMost: -30 } } as const
const NONE = { as: 'value', wanted: { atMost: 0 } } as const

const SORTED = 'DocumentDB uses an index to find documents, but not to put a whole collection in order: without a filter it reads and sorts as before. MongoDB and the embedded database read a page of the index.'
const CPU = 'Of 300 requests fewer wait for a connection, until the CPU is used up that server, load and database share: the p99 is the same. More connections help more where commands wait: a database elsewhere, slow queries, locks.'
const HEAVY = 'The three queries sum in the database too: what is saved is two commands, while most of the time is the count of 100,000 keys, the same in both.'
const SMALL = 'An analyst has eight fields and a line or two of biography; the memory is that of a process whose base dwarfs a page. It pays with wide documents.'

const SHARED = 'Server, load, database and Redis want more than the two hardware threads that they share.'

/** In the order of the note. */
export const CLAIMS: readonly NoteClaim[] = [
  {
    claimed: 'query time −40 to −60 %',
    range: [-40, -60],
    evidence: [
      { ...FASTER, record: 'compound-indexes-each', metric: 'transactions_of_a_user_p50_ms', what: "indexes: a user's transactions, p50" },
      { ...FASTER, record: 'compound-indexes-each', metric: 'signals_of_an_analyst_p50_ms', what: "indexes: an analyst's signals, p50", reason: 'The 5,000 signals of the demo data are soon read without an index; what it saves grows with the collection, the rest of a request stays.' },
      { ...FASTER, record: 'compound-indexes-each', metric: 'newest_signals_p50_ms', what: 'indexes: the newest signals, p50', reason: SORTED },
      { ...FASTER, record: 'compound-indexes-each', metric: 'best_analysts_p50_ms', what: 'indexes: the best of 60 analysts, p50', reason: 'Sixty documents are as quickly read and sorted as found.' },
      { ...FASTER, record: 'single-aggregation-heavy', metric: 'p50_ms', what: 'one aggregation: statistics of a user with 100,000 transactions, p50', reason: HEAVY }
    ]
  },
  {
    claimed: 'throughput × 2 to 3',
    evidence: [
      { ...MORE, record: 'data-loaders', metric: 'requests_per_second', what: 'data loaders: 50 signals with analyst and user' },
      { ...MORE, record: 'response-cache', metric: 'requests_per_second', what: 'caches: a public list' },
      { ...MORE, record: 'single-aggregation-heavy', metric: 'requests_per_second', what: 'one aggregation: statistics of a user with 100,000 transactions', reason: HEAVY },
      { ...MORE, record: 'connection-pool', metric: 'requests_per_second', what: 'larger pool: 300 requests at once', reason: CPU }
    ]
  },
  {
    claimed: 'memory −30 to −40 %',
    range: [-30, -40],
    evidence: [
      { ...SMALLER, record: 'export-streaming', metric: 'rss_highest_mib', what: 'streams: highest memory (RSS) in an export of 50,000 users, against an array', reason: 'The base of the process is most of it; what the export adds is in the table of optimizations, and it is what grows with the rows.' },
      { ...SMALLER, record: 'single-aggregation-heavy', metric: 'rss_mb', what: 'one aggregation: memory after statistics of a user with 100,000 transactions', reason: 'The three queries sum in the database too, so neither brings the entries into the server.' },
      { ...SMALLER, record: 'data-loaders', metric: 'rss_mb', what: 'data loaders: memory after pages of 50 signals with analyst and user', reason: 'The base of the process is most of it.' },
      { ...SMALLER, record: 'projections', metric: 'rss_mb', what: 'projections: memory after pages of analysts with two fields each', reason: SMALL }
    ]
  },
  {
    claimed: 'cache hit rate 60 → 85 %',
    evidence: [
      { as: 'value', unit: '%', wanted: { atLeast: 85 }, record: 'cache-hit-rate', metric: 'hit_rate_percent', what: 'reads of 10,000 keys by Zipf(1.0), with 1 % writes, that the value cache answers' }
    ]
  },
  {
    claimed: '500 to 800 requests/s',
    evidence: [
      { as: 'value', unit: '/s', wanted: { atLeast: 500 }, record: 'monitoring', metric: 'requests_per_second', what: 'one user by number: each asks the database, nothing is kept', reason: 'Server, load and database share two cores; the time of a request is mostly that of the database.' },
      { as: 'value', unit: '/s', wanted: { atLeast: 500 }, record: 'response-cache', metric: 'requests_per_second', what: 'a public list that is kept' },
      { as: 'value', unit: '/s', wanted: { atLeast: 500 }, record: 'loadtest', command: 'npm run loadtest -- --connections 10000', metric: 'load.rate', what: '10,000 users who read what everybody sees and what is theirs' }
    ]
  },
  {
    claimed: '500+ transactions/min',
    evidence: [
      { as: 'value', unit: '/min', wanted: { atLeast: 500 }, record: 'ledger-transactions', metric: 'transactions_per_minute', what: 'changes of balances, each with entry, idempotency key and audit entry in one transaction' }
    ]
  },
  {
    claimed: 'errors −50 to −70 %',
    range: [-50, -70],
    evidence: [
      { as: 'change', unit: '%', wanted: { atMost: -50 }, record: 'overload', metric: 'failed_percent', what: 'load shedding, at five times the capacity: requests without an answer' },
      { as: 'change', unit: '%', wanted: { atMost: -50 }, record: 'overload', metric: 'unserved_percent', what: 'the same, with 503 and `Retry-After` counted as an error', reason: 'Without shedding most requests of a short overload are answered in the end, many seconds late, which is no error here; with it they are refused at once, and what is served is served in time.' },
      { as: 'value', unit: '%', wanted: { atLeast: 50 }, record: 'outage-mongodb', metric: 'kept_good_percent', what: 'caches, while the database is away: requests for what is kept that are answered' }
    ]
  },
  {
    claimed: 'recovery time −70 %',
    range: [-70, -70],
    evidence: [
      { as: 'change', unit: 'ms', wanted: { atMost: -70 }, record: 'overload', metric: 'recovered_after_ms', what: 'load shedding: time from the end of an overload until answers are as quick as before' },
      { as: 'value', unit: 'ms', wanted: { atMost: 2000 }, record: 'outage-mongodb', metric: 'back_first_read_ms', what: 'time from the return of the database to the first read (nothing to compare with: 2 s are wanted)' },
      { as: 'value', unit: 'ms', wanted: { atMost: 2000 }, record: 'outage-redis', metric: 'back_values_ms', what: 'time from the return of Redis to the first value read there (the same)' }
    ]
  },
  {
    claimed: '10,000 concurrent users',
    evidence: [
      { as: 'value', wanted: { atLeast: 10_000 }, record: 'loadtest', command: 'npm run loadtest -- --connections 10000', metric: 'arrival.connections.open', what: 'connections that are open when all have come; a minute later clients have closed a few that were silent for 71 s' },
      { ...NONE, record: 'loadtest', command: 'npm run loadtest -- --connections 10000', metric: 'verdict.errors', what: 'requests that failed', reason: SHARED },
      { ...NONE, record: 'loadtest', command: 'npm run loadtest -- --connections 10000', metric: 'verdict.usersNeverAnswered', what: 'users who were never answered' },
      { as: 'value', unit: 'ms', wanted: { atMost: 25 }, record: 'loadtest', command: 'npm run loadtest -- --connections 10000', metric: 'load.classes.cached.fromDue.p99', what: 'p99 of kept answers, from when each was due, on the embedded database (our goal: 25 ms; on DocumentDB, which shares the two cores, it is 25 to 29 ms)', reason: SHARED }
    ]
  },
  {
    claimed: 'no memory leak',
    evidence: [
      { as: 'value', unit: '%', wanted: { atMost: 1 }, record: 'soak', command: 'npm run soak', metric: 'heap_growth_percent', what: 'growth of the heap after collection, by its trend over the judged time (our goal: 1 %)' }
    ]
  },
  {
    claimed: 'zero downtime',
    evidence: [
      { ...NONE, record: 'rolling-restart-workers', metric: 'failed_requests', what: 'requests that failed while both workers were replaced, again and again (SIGHUP)' },
      { ...NONE, record: 'rolling-restart-instances', metric: 'failed_requests', what: 'requests that failed while instances behind a balancer were replaced' },
      { as: 'value', unit: 'ms', wanted: { atMost: 2000 }, record: 'worker-killed', metric: 'longest_silence_ms', what: 'longest time without an answer when one of two workers is killed (SIGKILL) under load' }
    ]
  }
]
