import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { openBus } from './bus.ts'
import { createDatabaseTier } from './database-tier.ts'
import type { Cache, CacheDefinition, KeyPart } from './definition.ts'
import { createEntrySource, type EntrySource } from './entry-source.ts'
import { createGuardedTier, type GuardedTier } from './guarded-tier.ts'
import { createInvalidation } from './invalidation.ts'
import { createMemoryTier } from './memory-tier.ts'
import { createCacheMetrics, type InvalidationSource } from './metrics.ts'
import { createRedisTier } from './redis-tier.ts'
import type { SharedTier } from './shared-tier.ts'
import { readKeys } from './stored-keys.ts'
import { createTagClock, EVERYTHING } from './tag-clock.ts'
import { createUncached } from './uncached.ts'
import { createValues } from './values.ts'

export type { Aged, Cache, CacheDefinition } from './definition.ts'

declare module 'fastify' {
  interface FastifyInstance {
    cache: ReturnType<typeof createCaches>['cache']
  }
}

/** Longest time that the database as second tier is waited for: it only serves what takes longer to compute. */
const DATABASE_TIER_LIMIT_MS = 1000
/** The tier of caches that have none beside memory. */
const NO_TIER: GuardedTier = { use: async () => undefined }

/** The shared tiers: Redis for all, or where there is none the database for what is dear. */
function createTiers (fastify: FastifyInstance, sender: string, onError: () => void) {
  const { config, log, redis } = fastify
  const guard = (tier: SharedTier, timeoutMs: number): GuardedTier => createGuardedTier(tier, {
    timeoutMs,
    onError (error) {
      onError()
      log.debug({ err: error }, 'shared cache tier failed')
    }
  })
  if (redis) {
    const tier = guard(createRedisTier(redis, sender), config.CACHE_SHARED_TIMEOUT_MS)
    return { cheap: tier, dear: tier }
  }
  const tier = guard(createDatabaseTier(fastify), DATABASE_TIER_LIMIT_MS)
  return { cheap: NO_TIER, dear: tier }
}

function createCaches (fastify: FastifyInstance, sender: string) {
  const clock = createTagClock()
  const memory = createMemoryTier(fastify.config.CACHE_MEMORY_BYTES)
  const metrics = createCacheMetrics(fastify, memory)
  const tiers = createTiers(fastify, sender, metrics.sharedFailed)
  const invalidation = createInvalidation({ clock, metrics, tier: tiers.dear })
  const sources: EntrySource[] = []
  const refreshers = new Map<string, (args: readonly KeyPart[]) => Promise<unknown>>()
  const isOn = fastify.optimizationIsOn('value-cache')

  const cache = {
    /** A new cache; its name must be its own. */
    define<TArgs extends readonly KeyPart[], T> (definition: CacheDefinition<TArgs, T>): Cache<TArgs, T> {
      const { name, ttlMs, staleMs = 0, graceMs = 0, isDear = false } = definition
      if (refreshers.has(name)) throw new Error(`There is a cache '${name}' already`)
      const counts = metrics.countsOf(name)
      if (!isOn) return createUncached(definition, counts)
      const source = createEntrySource({ tier: isDear ? tiers.dear : tiers.cheap, counts, lifetimes: { ttlMs, staleMs, graceMs }, isShared: invalidation.isShared })
      sources.push(source)
      const values = createValues(definition, { clock, counts, memory, source })
      refreshers.set(name, (args) => values.get(...args as TArgs))
      return values
    },

    /**
     * Forgets everything that depends on any of the tags, here at once and in the whole fleet within milliseconds. What
     * is being loaded is not kept. Never fails: what the shared tier misses is told when it is back.
     */
    invalidate: invalidation.invalidate,

    /** Forgets everything, in the whole fleet and in the shared tier. */
    invalidateAll: (source?: InvalidationSource): Promise<void> => invalidation.invalidate([EVERYTHING], source),

    /** When something that is kept elsewhere was made, and whether it is current: see `createTagClock`. */
    clock,

    /** Claims a task for this process in the fleet, for `lifeMs`; again by the same process it is prolonged. */
    async claimTask (name: string, lifeMs: number): Promise<boolean> {
      return await tiers.dear.use((shared) => shared.claim(`task:${name}`, sender, lifeMs)) ?? true
    },

    /** The keys that this process was asked for most. */
    hottest: (limit: number): string[] => memory.hottest(limit),

    /** Reads values by keys that `hottest` gave, now or before a restart; returns how many. Never fails. */
    warm: (keys: readonly string[]): Promise<number> => readKeys(keys, refreshers)
  }

  async function close (): Promise<void> {
    invalidation.close()
    await Promise.all(sources.map((source) => source.settle()))
  }
  return { cache, invalidation, close }
}

/**
 * Optimization 4: values kept in two tiers, memory bounded by bytes and what the fleet shares. Fails open: without the
 * shared tier memory goes on, and nothing waits for it longer than `CACHE_SHARED_TIMEOUT_MS`; a failed load fails those
 * that wait for it, unless there is an older value within its grace.
 */
export default fp(async function cache (fastify) {
  const sender = randomUUID()
  const { cache, invalidation, close } = createCaches(fastify, sender)
  fastify.decorate('cache', cache)
  fastify.addHook('onClose', close)
  if (fastify.redis === null) return

  const bus = await openBus(fastify.redis, {
    sender,
    onInvalidated: invalidation.heard,
    onOpen: invalidation.makeUp
  })
  fastify.addHook('onClose', async () => { bus.close() })
}, { name: 'cache', dependencies: ['config', 'documents', 'metrics', 'redis'] })
