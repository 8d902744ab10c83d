/** What an engine tells of how it answers a query; null is what it does not tell. */
export interface PlanSummary {
  /** Names of the indexes that are read, joined by ', '. */
  index: string | null
  /** Whether a whole collection is read. */
  scan: boolean | null
  keys_examined: number | null
  documents_examined: number | null
  returned: number | null
  /** Whether results are sorted in memory. */
  sorted: boolean | null
}

/** Document of `slow_queries`: all slow queries of one shape. No value of a query is in it. */
export interface SlowQueryDocument {
  /** Hash of collection, operation and shape. */
  _id: string
  collection: string
  operation: string
  /** JSON of what is filtered, sorted or aggregated by, values removed. */
  shape: string
  count: number
  total_ms: number
  max_ms: number
  last_seen: Date
  /** Routes and GraphQL operations that asked, the first twenty. */
  requests: string[]
  /** Null while it is not known, and for writes. */
  plan: PlanSummary | null
}
