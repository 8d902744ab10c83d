import { setTimeout as delay } from 'node:timers/promises'
import type { Document } from 'mongodb'
import type { PlanSummary } from '../../../schemas/slow-queries.ts'
import type { SlowQuery } from './query.ts'

export const COLLECTION = 'slow_queries'
/** About so many documents in the collection, of some 12 KB at most; later shapes wait until others have gone by their TTL. */
const MAX_DOCUMENTS = 1000
/** Shapes that wait to be written. */
const MAX_SHAPES = 200
const MAX_REQUESTS = 20
/** Longest work of the database on one batch, and longest wait for its answer. */
const LIMIT_MS = 1000
const GIVE_UP_MS = 2000

export type Run = (command: Document, options: { signal: AbortSignal }) => Promise<Document>

interface Needs {
  run: Run
  /** Told of records that got lost. */
  drop: (records: number) => void
  /** Wait of a batch for what comes with its first record, its plan say. */
  soonMs: number
  /** Shortest time between two batches. */
  intervalMs: number
}

/** What came of a shape since the last batch. */
interface Tally {
  query: SlowQuery
  count: number
  totalMs: number
  maxMs: number
  lastSeen: Date
  requests: Set<string>
  plan?: PlanSummary
}

const plus = (field: string, value: number): Document => ({ $add: [{ $ifNull: [field, 0] }, value] })

/** An update by a pipeline, since only that keeps a list both distinct and short. */
function updateOf ({ query, count, totalMs, maxMs, lastSeen, requests, plan }: Tally, upsert: boolean): Document {
  const known = { $ifNull: ['$requests', []] }
  const heard = [...requests].map((name) => ({ $literal: name }))
  const fields = {
    collection: { $literal: query.collection },
    operation: { $literal: query.operation },
    shape: { $literal: query.shape },
    count: plus('$count', count),
    total_ms: plus('$total_ms', totalMs),
    max_ms: { $max: ['$max_ms', maxMs] },
    last_seen: { $max: ['$last_seen', lastSeen] },
    requests: { $slice: [{ $concatArrays: [known, { $setDifference: [heard, known] }] }, MAX_REQUESTS] },
    plan: plan === undefined ? { $ifNull: ['$plan', null] } : { $literal: plan }
  }
  return { q: { _id: query.id }, u: [{ $set: fields }], upsert }
}

/** Writes a batch; returns how many of it were written. */
async function write (batch: readonly Tally[], run: Run): Promise<number> {
  const runBriefly = (command: Document): Promise<Document> =>
    run({ ...command, maxTimeMS: LIMIT_MS }, { signal: AbortSignal.timeout(GIVE_UP_MS) })

  const { n: documents } = await runBriefly({ count: COLLECTION })
  const updates = batch.map((tally) => updateOf(tally, Number(documents) < MAX_DOCUMENTS))
  const { n: written } = await runBriefly({ update: COLLECTION, updates, ordered: false })
  return Number(written)
}

/**
 * Keeps slow queries in a collection, for a command to read. They are counted in memory and written in batches, so that a slow
 * query costs no write of its own; the first after a pause is written soon. Open: while the database is away, batches are dropped.
 */
export function createRecording ({ run, drop, soonMs, intervalMs }: Needs) {
  let tallies = new Map<string, Tally>()
  let timer: NodeJS.Timeout | undefined
  let notBefore = 0
  let isStopped = false
  let written = Promise.resolve()

  /** Resolves when everything up to now was written or dropped. */
  function flush (): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    notBefore = Date.now() + intervalMs
    const batch = [...tallies.values()]
    tallies = new Map()
    if (batch.length > 0) written = written.then(async () => { drop(batch.length - await write(batch, run).catch(() => 0)) })
    return written
  }

  function tallyOf (query: SlowQuery): Tally | undefined {
    const known = tallies.get(query.id)
    if (known !== undefined) return known
    if (isStopped || tallies.size >= MAX_SHAPES) return undefined
    const tally: Tally = { query, count: 0, totalMs: 0, maxMs: 0, lastSeen: new Date(), requests: new Set() }
    tallies.set(query.id, tally)
    timer ??= setTimeout(flush, Math.max(soonMs, notBefore - Date.now())).unref()
    return tally
  }

  return {
    /** Counts a slow query, and by whom it was asked. */
    add (query: SlowQuery, milliseconds: number, request: string | undefined): void {
      const tally = tallyOf(query)
      if (tally === undefined) {
        drop(1)
        return
      }
      tally.count += 1
      tally.totalMs += milliseconds
      tally.maxMs = Math.max(tally.maxMs, milliseconds)
      tally.lastSeen = new Date()
      if (request !== undefined && tally.requests.size < MAX_REQUESTS) tally.requests.add(request)
    },

    setPlan (query: SlowQuery, plan: PlanSummary): void {
      const tally = tallyOf(query)
      if (tally !== undefined) tally.plan = plan
    },

    /** Takes no more, and writes what there is, within a second. */
    async stop (): Promise<void> {
      isStopped = true
      await Promise.race([flush(), delay(LIMIT_MS, undefined, { ref: false })])
    }
  }
}
export type Recording = ReturnType<typeof createRecording>
