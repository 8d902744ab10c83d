import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'
import type { MemoryTier } from './memory-tier.ts'

/** What an answer came from: `stale` while it is renewed, `grace` because its load failed. */
const OUTCOMES = ['hit', 'stale', 'grace', 'miss'] as const
type Outcome = typeof OUTCOMES[number]
const TIERS = ['memory', 'shared'] as const
type Tier = typeof TIERS[number]

/** Who found out that something changed: this process by its own write, another one, or the database. */
export type InvalidationSource = 'own' | 'other' | 'database'

/** Counts of one cache, as plain numbers: cheaper than a metric on the hot path. */
function createCounts () {
  const zero = (): Record<Outcome, number> => ({ hit: 0, stale: 0, grace: 0, miss: 0 })
  return { memory: zero(), shared: zero(), loads: 0, failures: 0 }
}
export type CacheCounts = ReturnType<typeof createCounts>

/** Share of the reads that needed no load. */
function hitRatio ({ memory, shared }: CacheCounts): number {
  const served = memory.hit + memory.stale + memory.grace + shared.hit + shared.stale + shared.grace
  const asked = memory.hit + memory.stale + memory.grace + memory.miss
  return asked === 0 ? 0 : served / asked
}

/** Metrics of all caches, by cache and tier. Their names come from code, so the labels are bounded. */
export function createCacheMetrics ({ metrics }: Pick<FastifyInstance, 'metrics'>, memory: MemoryTier) {
  const caches = new Map<string, CacheCounts>()
  const sharedErrors = new Counter({ name: 'cache_shared_errors_total', help: 'Uses of the shared tier that failed or took too long', registers: [metrics] })
  const invalidations = new Counter({ name: 'cache_invalidated_tags_total', help: 'Invalidated tags, by where the invalidation came from', labelNames: ['source'], registers: [metrics] })

  metrics.registerMetric(new Counter({
    name: 'cache_reads_total',
    help: 'Reads by cache, tier and outcome; a miss in memory asks the shared tier, a miss there loads',
    labelNames: ['cache', 'tier', 'outcome'],
    registers: [],
    collect () {
      this.reset()
      for (const [cache, counts] of caches) {
        for (const tier of TIERS) for (const outcome of OUTCOMES) this.inc({ cache, tier, outcome }, counts[tier][outcome])
      }
    }
  }))
  metrics.registerMetric(new Counter({
    name: 'cache_loads_total',
    help: 'Loads by cache and outcome',
    labelNames: ['cache', 'outcome'],
    registers: [],
    collect () {
      this.reset()
      for (const [cache, { loads, failures }] of caches) {
        this.inc({ cache, outcome: 'ok' }, loads - failures)
        this.inc({ cache, outcome: 'failed' }, failures)
      }
    }
  }))
  metrics.registerMetric(new Gauge({
    name: 'cache_hit_ratio',
    help: 'Share of the reads since the start that needed no load, by cache',
    labelNames: ['cache'],
    registers: [],
    collect () { for (const [cache, counts] of caches) this.set({ cache }, hitRatio(counts)) }
  }))
  metrics.registerMetric(new Gauge({
    name: 'cache_memory_bytes',
    help: 'Memory that the values of all caches take',
    registers: [],
    collect () { this.set(memory.size().bytes) }
  }))
  metrics.registerMetric(new Gauge({
    name: 'cache_memory_entries',
    help: 'Values in memory, of all caches',
    registers: [],
    collect () { this.set(memory.size().entries) }
  }))

  return {
    countsOf (cache: string): CacheCounts {
      const counts = createCounts()
      caches.set(cache, counts)
      return counts
    },
    sharedFailed: (): void => { sharedErrors.inc() },
    invalidated: (source: InvalidationSource, tags: number): void => { invalidations.inc({ source }, tags) }
  }
}
export type CacheMetrics = ReturnType<typeof createCacheMetrics>
export type { Tier }
