import type { FastifyInstance } from 'fastify'
import type { createAnalystQueries, StoredAnalyst } from './queries.ts'

/** The warmed ranking: the most that is ever asked for. */
export const TOP = 50
const TTL_MS = 300_000
const STALE_MS = 300_000

type Queries = Pick<ReturnType<typeof createAnalystQueries>, 'findById' | 'top'>

/** Reads of analysts that are kept: whole documents, whatever the fields that are asked for. */
export function createAnalystCaches ({ cache }: Pick<FastifyInstance, 'cache'>, { findById, top }: Queries) {
  const byId = cache.define({
    name: 'analyst',
    ttlMs: TTL_MS,
    staleMs: STALE_MS,
    tags: (id: string) => [`analyst:${id}`],
    load: (id: string): Promise<StoredAnalyst | null> => findById(id)
  })
  const best = cache.define({ name: 'top-analysts', ttlMs: TTL_MS, staleMs: STALE_MS, tags: () => ['analysts'], load: () => top(TOP) })

  return {
    findById: byId.get,

    /** The best active analysts, 50 at most, the newest of equals first. */
    top: async (limit: number) => (await best.get()).slice(0, limit),

    /** Reads the ranking anew. */
    refreshTop: async (): Promise<void> => { await best.refresh() }
  }
}
