import { hostname } from 'node:os'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createHottestKeys } from './hottest-keys.ts'
import { endsWithin } from './limit.ts'
import { createWarmingMetrics } from './metrics.ts'
import { runParts, type Work } from './run.ts'
import { createSchedule, JITTER } from './schedule.ts'

/** One kind of data that is kept warm. */
export interface WarmingPart {
  /** Reads it through its cache: from the nearest tier that has it, else loaded. */
  warm: Work
  /** Loads it anew for the whole fleet. */
  refresh: Work
}

declare module 'fastify' {
  interface FastifyInstance {
    cacheWarming: {
      /** Adds what is warmed, beside the cache that holds it; the name is its own. */
      add: (name: string, part: WarmingPart) => void
    }
  }
}

/** The start does not wait longer, nor does the stop. */
const START_LIMIT_MS = 3000
const STOP_LIMIT_MS = 1000
/** Longer than any pause, so that a runner which lives stays the runner; one that dies is missed for so many intervals at most. */
const LEASE_INTERVALS = 1 + 2 * JITTER

const collect = (parts: ReadonlyMap<string, WarmingPart>, work: keyof WarmingPart): Map<string, Work> =>
  new Map([...parts].map(([name, part]) => [name, part[work]]))

/** What is done at the start, and then again and again. */
function createRuns (fastify: FastifyInstance, parts: ReadonlyMap<string, WarmingPart>) {
  const { cache, config, log } = fastify
  const tools = { log, metrics: createWarmingMetrics(fastify) }
  const hottest = createHottestKeys(fastify, config.INSTANCE_ID || hostname())
  const leaseMs = Math.ceil(LEASE_INTERVALS * config.CACHE_WARMING_INTERVAL_MS)

  return {
    start: (): Promise<void> => runParts('start', collect(parts, 'warm')
      .set('hottest keys', async () => { tools.metrics.warmed(await hottest.warm()) }), tools),

    /** Whoever has the lease refreshes what the fleet shares; the others take it over into their memory. */
    async again (this: void): Promise<void> {
      const isRunner = await cache.claimTask('cache-warming', leaseMs)
      await (isRunner ? runParts('refresh', collect(parts, 'refresh'), tools) : runParts('follow', collect(parts, 'warm'), tools))
    },

    storeHottest: (): Promise<void> => hottest.store()
  }
}

/**
 * Optimization 4: what many will ask for is in the cache before the first one does, at the start and from then on. Fails
 * open: a part that fails is logged, and a start that takes longer than 3 s goes on in the background. The runner's lease
 * is not prolonged while it works: one that hangs is replaced as one that died, and refreshing twice does no harm.
 */
export default fp(async function cacheWarming (fastify) {
  const { config, log } = fastify
  const parts = new Map<string, WarmingPart>()
  fastify.decorate('cacheWarming', {
    add (name, part) {
      if (parts.has(name)) throw new Error(`There is a part '${name}' of the cache warming already`)
      parts.set(name, part)
    }
  })
  // without values that are kept there is nothing to warm
  if (!fastify.optimizationIsOn('cache-warming') || !fastify.optimizationIsOn('value-cache')) return

  const runs = createRuns(fastify, parts)
  const schedule = createSchedule(runs.again, config.CACHE_WARMING_INTERVAL_MS)

  fastify.addHook('onReady', async function warmBeforeListening () {
    if (!await endsWithin(schedule.begin(runs.start), START_LIMIT_MS)) log.warn({ limitMs: START_LIMIT_MS }, 'cache not warm at the start')
  })
  // the database is still there, and what is asked until then counts
  fastify.addHook('preClose', async function keepHottestKeys () {
    const isStored = await endsWithin(Promise.all([schedule.stop(), runs.storeHottest()]), STOP_LIMIT_MS)
      .catch((error: unknown) => { log.warn({ err: error }, 'hottest keys not stored') })
    if (isStored === false) log.warn({ limitMs: STOP_LIMIT_MS }, 'cache warming not ended at the stop')
  })
}, {
  name: 'cache-warming',
  // demo data are written before they are read: hooks of onReady run in the order of the plugins
  dependencies: ['cache', 'config', 'demo-data', 'documents', 'metrics']
})
