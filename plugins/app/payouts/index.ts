import fp from 'fastify-plugin'
import { createPayoutMetrics } from './payout-metrics.ts'
import { createProvider } from './provider.ts'
import { createPayouts } from './service.ts'

declare module 'fastify' {
  interface FastifyInstance {
    payouts: ReturnType<typeof createPayouts>
  }
}

/**
 * Pays out by a provider over HTTP. Each request is tried once, and what is not known for certain is said to be `unknown`:
 * money is never taken for paid, nor for unpaid, by a guess. Closed: without `PAYOUT_URL`, or while the provider is away, nothing is paid.
 */
export default fp(async function payouts (fastify) {
  const { config, log, money } = fastify
  const metrics = createPayoutMetrics(fastify.metrics)
  const provider = createProvider({ origin: config.PAYOUT_URL, secret: config.PAYOUT_SECRET, timeoutMs: config.PAYOUT_TIMEOUT_MS, now: Date.now })
  fastify.decorate('payouts', createPayouts({ config, log, metrics, money, provider }))
  fastify.addHook('onClose', async () => { provider.close() })
}, { name: 'payouts', dependencies: ['config', 'metrics', 'money'] })
