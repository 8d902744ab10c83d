import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'
import type { MemoryTier } from './memory-tier.ts'

/** What an answer came from: `stale` while it is renewed. */
const OUTCOMES = ['hit', 'stale', 'miss'] as const
type Outcome = typeof OUTCOMES[number]
const TIERS = ['memory', 'shared'] as const

/** Who found out that something changed: this process by its own write, another one, or the database. */
export type InvalidationSource = 'own' | 'other' | 'database'

/** Counts of one cache, as plain numbers: cheaper than a metric on the hot path. */
function createCounts () {
  const zero = (): Record<Outcome, number> => ({ hit: 0, stale: 0, miss: 0 })
  return { memory: zero(), shared: zero(), loads: 0, failures: 0, covered: 0 }
}
export type CacheCounts = ReturnType<typeof createCounts>

/** Share of the reads that caused no load; loads that nobody waited for count too. */
function hitRatio ({ memory: { hit, stale, miss }, loads }: CacheCounts): number {
  const reads = hit + stale + miss
  return reads === 0 ? 0 : Math.max(0, 1 - loads / reads)
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
    help: 'Loads by cache and outcome; where one failed and was covered, an older value was served',
    labelNames: ['cache', 'outcome'],
    registers: [],
    collect () {
      this.reset()
      for (const [cache, { loads, failures, covered }] of caches) {
        this.inc({ cache, outcome: 'ok' }, loads - failures)
        this.inc({ cache, outcome: 'failed' }, failures - covered)
        this.inc({ cache, outcome: 'covered' }, covered)
      }
    }
  }))
  metrics.registerMetric(new Gauge({
    name: 'cache_hit_ratio',
    help: 'Share of the reads since the start that caused no load, by cache',
    labelNames: ['cache'],
    registers: [],
    collect () { for (const [cache, counts] of caches) this.set({ cache }, hitRatio(counts)) }
  }))
  for (const [unit, help] of [['bytes', 'Memory that the values of all caches take'], ['entries', 'Values in memory, of all caches']] as const) {
    metrics.registerMetric(new Gauge({ name: `cache_memory_${unit}`, help, registers: [], collect () { this.set(memory.size()[unit]) } }))
  }

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
