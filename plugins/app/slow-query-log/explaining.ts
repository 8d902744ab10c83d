import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Document } from 'mongodb'
import type { PlanSummary } from '../../../schemas/slow-queries.ts'
import { readPlan } from './plan.ts'

const MAX_PLANS = 500
/** Afterwards a shape is explained anew: there may be an index for it. */
const PLAN_TTL_MS = 3_600_000
/** What failed while the database had too much to do may be had soon. */
const FAILURE_TTL_MS = 60_000
/** Commands that wait for their turn, 64 KB each at most. */
const MAX_WAITING = 10
/** Longest work of the database on one plan; it ends that itself. */
const LIMIT_MS = 1000
/** Longest wait for its answer, were it to hang. */
const GIVE_UP_MS = 2000

export type ExplainOutcome = 'explained' | 'failed' | 'dropped'

interface Needs {
  /** Runs a command on the database that the query asked. */
  run: (database: string, command: Document, options: { signal: AbortSignal }) => Promise<Document>
  count: (outcome: ExplainOutcome) => void
}

interface Task {
  id: string
  database: string
  command: Document
  done: (plan: PlanSummary) => void
}

/**
 * Fetches plans one after the other, each shape's once an hour. Counts of what was examined need the query to be run again;
 * where that takes more than a second, the plan comes without them.
 */
export function createExplaining ({ run, count }: Needs) {
  /** Null: asked for, or not to be had. */
  const plans = new LRUCache<string, { plan: PlanSummary | null }>({ max: MAX_PLANS, ttl: PLAN_TTL_MS })
  const waiting: Task[] = []
  let working: Promise<void> | undefined
  let isStopped = false

  const explain = async ({ database, command }: Task, verbosity: string): Promise<PlanSummary> =>
    readPlan(await run(database, { explain: command, verbosity, maxTimeMS: LIMIT_MS }, { signal: AbortSignal.timeout(GIVE_UP_MS) }))

  async function fetchPlan (task: Task): Promise<void> {
    const plan = await explain(task, 'executionStats').catch(() => explain(task, 'queryPlanner')).catch(() => null)
    plans.set(task.id, { plan }, { ttl: plan === null ? FAILURE_TTL_MS : PLAN_TTL_MS })
    count(plan === null ? 'failed' : 'explained')
    if (plan !== null) task.done(plan)
  }

  async function work (): Promise<void> {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await fetchPlan(task)
    working = undefined
  }

  return {
    /** The plan of a shape, if it was fetched. */
    planOf: (id: string): PlanSummary | undefined => plans.get(id)?.plan ?? undefined,

    /** Whether nobody asked for the plan of a shape within the hour. */
    isNew: (id: string): boolean => !plans.has(id),

    add (task: Task): void {
      if (isStopped || waiting.length >= MAX_WAITING) {
        count('dropped')
        return
      }
      plans.set(task.id, { plan: null })
      waiting.push(task)
      working ??= work()
    },

    /** Forgets what waits, and takes no more; resolves when the last plan was fetched, or after a second. */
    async stop (): Promise<void> {
      isStopped = true
      waiting.length = 0
      await Promise.race([working, delay(LIMIT_MS, undefined, { ref: false })])
    }
  }
}
export type Explaining = ReturnType<typeof createExplaining>
