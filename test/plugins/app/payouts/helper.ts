import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Test } from 'tap'
import metrics from '../../../../plugins/app/metrics/index.ts'
import money from '../../../../plugins/app/money.ts'
import payouts from '../../../../plugins/app/payouts/index.ts'
import config from '../../../../plugins/external/config.ts'
import type { Environment } from '../../../../schemas/config.ts'
import type { Payment } from '../../../../schemas/payouts.ts'
import type { SandboxOptions } from '../../../../scripts/payouts/sandbox.ts'
import { buildBare, testEnv } from '../../../helper.ts'
import { PAYOUT_SECRET, startPayouts } from '../../../payouts.ts'

export const PAYMENT = { id: '64a000070000000000000001', amount: 12_500_000, network: 'TRC20', address: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t' } as const
export const NEVER = new AbortController().signal

/** The plugin alone on a bare server. */
export async function buildClient (t: Test, env: Environment) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  for (const plugin of [metrics, money, payouts]) await fastify.register(plugin)
  await fastify.ready()
  return {
    fastify,
    pay: (payment: Payment = PAYMENT, signal = NEVER) => fastify.payouts.pay(payment, signal),
    lookUp: (payment: Payment = PAYMENT, signal = NEVER) => fastify.payouts.lookUp(payment, signal),
    asked: async (operation: string, outcome: string): Promise<number> => {
      const line = (await fastify.metrics.metrics()).split('\n').find((text) => text.startsWith(`payout_requests_total{operation="${operation}",outcome="${outcome}"}`))
      return Number(line?.split(' ').at(-1) ?? 0)
    }
  }
}

/** The plugin and a sandbox that it pays by. */
export async function build (t: Test, env: Environment = {}, options: Partial<SandboxOptions> = {}) {
  const { sandbox, env: address } = await startPayouts(t, options)
  return { sandbox, ...await buildClient(t, { ...address, ...env }) }
}

/** The plugin and whatever answers in the provider's place. */
export async function buildWith (t: Test, listener: RequestListener, env: Environment = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const { port } = Object(server.address()) as { port: number }
  return await buildClient(t, { PAYOUT_URL: `http://127.0.0.1:${port}`, PAYOUT_SECRET, ...env })
}
