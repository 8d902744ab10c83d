import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { RouteCost } from './cost.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { Ledger, type Standing } from './ledger.ts'
import { Limits } from './limits.ts'
import { createLimitMetrics } from './metrics.ts'
import { createPolicies, type Policy } from './policies.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Units of the caller's budget that a request costs, 1 by default; 0 if the route is not limited. */
    cost?: RouteCost
  }
  interface FastifyInstance {
    rateLimits: Limits
  }
  interface FastifyRequest {
    /** How the account that pays for the request stands; null before, and on routes that are not limited. */
    spending: { policy: Policy, standing: Standing } | null
  }
}

const SETTLE_INTERVAL_MS = 1000
const MS_PER_S = 1000

/** The budgets shared through Redis; null without `REDIS_URL`. */
async function joinFleet ({ config, log, redis }: FastifyInstance): Promise<Fleet | null> {
  if (redis === null) return null
  const fleet = createFleet(redis, {
    windowMs: config.RATE_LIMIT_WINDOW_S * MS_PER_S,
    onAway (error) { log.warn({ err: error }, 'rate limits not shared') },
    onBack () { log.info('rate limits shared') }
  })
  await fleet.join()
  return fleet
}

/**
 * Optimization 8: everybody has a budget of cost per window, by tier, that follows the load. With Redis the fleet shares
 * the budgets, in leases that are asked for ahead; without it, or while it is away, each instance limits at its share.
 */
export default fp(async function rateLimits (fastify) {
  const { config } = fastify
  const fleet = await joinFleet(fastify)
  const ledger = new Ledger({ windowMs: config.RATE_LIMIT_WINDOW_S * MS_PER_S, maxAccounts: config.RATE_LIMIT_MAX_ACCOUNTS, fleet })
  const policies = createPolicies(fastify)
  const counts = createLimitMetrics(fastify, { factor: () => policies.factor, accounts: () => ledger.size, fleet })
  const limits = new Limits(fastify, { ledger, policies, counts })

  fastify.decorateRequest('spending', null)
  fastify.decorate('rateLimits', limits)
  fastify.load.onReport(({ value }) => { policies.follow(value) })
  const timer = setInterval(async () => { await ledger.settle() }, SETTLE_INTERVAL_MS).unref()

  // an unknown URL has no route that could ask for it
  fastify.addHook('onRequest', function limitUnknownUrls (request, reply, done) {
    if (request.is404) limits.admit(request, reply, done)
    else done()
  })
  fastify.addHook('onClose', async function leaveFleet () {
    clearInterval(timer)
    await fleet?.stop()
  })
}, { name: 'rate-limits', dependencies: ['client-address', 'config', 'load', 'metrics', 'redis', 'sensible'] })
