import { setTimeout as delay } from 'node:timers/promises'
import autocannon from 'autocannon'
import t from 'tap'
import { percentile } from '../../bench/harness/statistics.ts'
import { buildApp } from '../helper.ts'
import { needsRedis, startRedis } from '../redis.ts'

const PHASE_MS = 1500

/** Answers of a phase: how many, how many failed, and how long they took, in ms. */
interface Phase {
  count: number
  failed: number
  latencies: number[]
}

t.test('Redis paused, killed and started again under load: no request fails', needsRedis, async (t) => {
  const redis = await startRedis(t)
  const fastify = await buildApp(t, { env: { REDIS_URL: redis.url, DEMO_DATA: true, DEMO_USERS: 50 } })
  // values that live for a moment, so that the shared tier is asked all the time
  const values = fastify.cache.define({ name: 'short-lived', ttlMs: 50, load: async (n: number) => { await delay(2); return { n } } })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const phases: Record<string, Phase> = {}
  let current: Phase = { count: 0, failed: 0, latencies: [] }

  const load = autocannon({ url: origin, connections: 10, duration: 60, requests: [{ path: '/v1/analysts?limit=20' }, { path: '/v1/signals?limit=10' }] }, () => {})
  load.on('response', (_client, status, _bytes, milliseconds) => {
    current.count += 1
    if (status >= 400) current.failed += 1
    current.latencies.push(milliseconds)
  })
  load.on('reqError', () => { current.failed += 1 })

  async function phase (name: string, change: () => unknown): Promise<void> {
    current = phases[name] = { count: 0, failed: 0, latencies: [] }
    await change()
    const end = performance.now() + PHASE_MS
    for (let n = 0; performance.now() < end; n++) {
      const start = performance.now()
      t.strictSame(await values.get(n % 10), { n: n % 10 })
      current.latencies.push(performance.now() - start)
      await fastify.cache.invalidate(['signals', 'analysts'])
      await delay(20)
    }
  }
  await phase('there', () => {})
  await phase('paused', () => { redis.pause() })
  await phase('resumed', () => { redis.resume() })
  await phase('killed', () => redis.kill())
  await phase('started again', () => redis.start())
  await phase('there again', () => delay(1500))
  load.stop()

  for (const [name, { count, failed, latencies }] of Object.entries(phases)) {
    t.equal(failed, 0, `${name}: ${count} answers, p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${percentile(latencies, 0.99).toFixed(1)} ms`)
    t.ok(count > 0)
  }
  const reads = /cache_reads_total\{cache="short-lived",tier="shared",outcome="miss"\} (\d+)/.exec(await fastify.metrics.metrics())
  t.ok(Number(reads?.[1]) > 0, 'the shared tier was asked')
  t.equal(fastify.redis?.status, 'ready', 'and is back by itself')
})
