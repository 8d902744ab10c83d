import type { Measured, MeasureClaim } from '../harness/claim.ts'
import { buildCache } from '../harness/cache.ts'

const KEYS = 10_000
const OPERATIONS = 500_000
/** One operation in so many is a write, of a key as popular as those that are read. */
const WRITE_EVERY = 100
const NS_PER_MS = 1e6

/** Draws keys by Zipf's law with exponent 1: the n-th is asked for 1/n as often as the first. */
function createZipf (): () => number {
  const shares = Float64Array.from({ length: KEYS }, (_, n) => 1 / (n + 1))
  for (let n = 1; n < KEYS; n++) shares[n] = (shares[n] ?? 0) + (shares[n - 1] ?? 0)
  const total = shares.at(-1) ?? 0
  return () => {
    const wanted = Math.random() * total
    let [low, high] = [0, KEYS - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((shares[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

async function measure (off: string): Promise<Measured> {
  const fastify = await buildCache({ OPTIMIZATIONS_OFF: off })
  let loads = 0
  const values = fastify.cache.define({
    name: 'values',
    ttlMs: 600_000,
    tags: (id) => [`value:${id}`],
    async load (id: number) { loads += 1; return { id, name: `value ${id}`, text: 'x'.repeat(200) } }
  })
  const draw = createZipf()
  const started = performance.now()
  for (let n = 1; n <= OPERATIONS; n++) {
    if (n % WRITE_EVERY === 0) await fastify.cache.invalidate([`value:${draw()}`])
    else await values.get(draw())
  }
  const elapsed = performance.now() - started
  await fastify.close()
  const reads = OPERATIONS * (1 - 1 / WRITE_EVERY)
  return { hit_rate_percent: 100 * (1 - loads / reads), loads_per_1000_reads: 1000 * loads / reads, ns_per_operation: elapsed * NS_PER_MS / OPERATIONS }
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'How many reads of 10,000 keys by Zipf(1.0), with 1 % writes, does the cache answer? (limit: 95 %)',
  variants: [
    { name: 'without the cache', measure: () => measure('value-cache') },
    { name: 'with the cache', measure: () => measure('') }
  ]
}
export default claim
