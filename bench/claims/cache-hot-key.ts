import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { buildCache } from '../harness/cache.ts'
import type { Measured, MeasureClaim } from '../harness/claim.ts'
import { percentile } from '../harness/statistics.ts'

const READERS = 1000
const TTL_MS = 1000
const LOAD_MS = 100
/** Time of the measurement; in it the key expires once, or not at all. */
const SPAN_MS = 1500

async function measure (ttlMs: number): Promise<Measured> {
  const fastify = await buildCache({})
  let loads = 0
  const values = fastify.cache.define({
    name: 'values',
    ttlMs,
    staleMs: 10_000,
    async load () {
      loads += 1
      await delay(LOAD_MS)
      return { text: 'x'.repeat(500) }
    }
  })
  await values.get()
  const end = performance.now() + SPAN_MS
  const waits: number[] = []

  async function read (): Promise<void> {
    while (performance.now() < end) {
      const started = performance.now()
      await values.get()
      waits.push(performance.now() - started)
      await turn()
    }
  }
  await Promise.all(Array.from({ length: READERS }, read))
  await fastify.close()
  return { loads_meanwhile: loads - 1, p50_ms: percentile(waits, 0.5), p99_ms: percentile(waits, 0.99), reads: waits.length }
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'What do 1,000 readers see of a hot key that expires? (limits: one load, p99 at most twice that before)',
  variants: [
    { name: 'it does not expire', measure: () => measure(60_000) },
    { name: 'it expires once', measure: () => measure(TTL_MS) }
  ]
}
export default claim
