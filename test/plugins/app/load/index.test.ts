import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import load from '../../../../plugins/app/load/index.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import config from '../../../../plugins/external/config.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { buildApp, buildBare, testEnv } from '../../../helper.ts'

async function buildLoad (t: Test, env: Environment = {}) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  await fastify.register(metrics)
  await fastify.register(load)
  await fastify.ready()
  return fastify
}

/** Keeps the event loop busy, in turns of a tenth of that time. */
async function work (ms: number): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    const turn = performance.now() + ms / 10
    while (performance.now() < turn);
    await delay(0)
  }
}

t.test('the reported load and the one that protects have intervals of their own', async (t) => {
  const fastify = await buildLoad(t, { LOAD_INTERVAL_MS: 600_000, LOAD_PROTECTION_INTERVAL_MS: 20 })
  await work(200)

  t.ok(fastify.load.current.value > 0.5, `a busy process: ${fastify.load.current.value}`)
  t.equal(fastify.load.reported.value, 0, 'not reported yet')
})

t.test('whoever asked for it is told each reported load, until the server closes', async (t) => {
  const fastify = await buildLoad(t, { LOAD_INTERVAL_MS: 20 })
  const told: number[] = []
  const twice = new Promise<void>((resolve) => {
    fastify.load.onReport(({ value }) => { if (told.push(value) === 2) resolve() })
  })
  await Promise.all([twice, work(100)])

  t.equal(fastify.load.reported.value, told.at(-1))
  await fastify.close()
  const count = told.length
  await delay(60)
  t.equal(told.length, count)
})

t.test('the load is a metric, by kind, and a detail of readiness', async (t) => {
  const fastify = await buildApp(t, { env: { LOAD_INTERVAL_MS: 20 } })
  await work(100)

  for (const kind of ['value', 'cpu', 'event_loop', 'delay', 'heap', 'memory']) {
    t.match(await fastify.metrics.metrics(), new RegExp(`load_ratio{kind="${kind}"} [\\d.]+`))
  }
  const { load: told } = (await fastify.inject('/readyz')).json<{ load: Record<string, number> }>()
  t.strictSame(Object.keys(told), ['value', 'cpu', 'event_loop', 'delay', 'heap', 'memory'])
  t.ok(Object.values(told).every((ratio) => ratio >= 0 && ratio <= 1))
})
