import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { buildCache } from '../harness/cache.ts'
import type { Measured, MeasureClaim } from '../harness/claim.ts'
import { percentile } from '../harness/statistics.ts'

const INVALIDATIONS = 200
const BETWEEN_MS = 20
const KEYS = 100
/** Each reads every 5 ms on both instances. */
const READERS = 100
const READ_MS = 5

async function measure (readers: number): Promise<Measured> {
  // instances of a fleet: all they share is Redis
  const [writer, other] = [await buildCache({}), await buildCache({})]
  if (writer.redis === null) throw new Error('REDIS_URL is not set: without Redis no instance tells another')
  let version = 0
  const instances = [writer, other].map(({ cache }) => cache.define({ name: 'told', ttlMs: 60_000, tags: () => ['told'], load: async (key: number) => ({ key, version }) }))
  const end = new AbortController()

  async function read (reader: number): Promise<void> {
    for (let key = reader; !end.signal.aborted; key++) {
      await Promise.all(instances.map((values) => values.get(key % KEYS)))
      await delay(READ_MS)
    }
  }
  const reading = Array.from({ length: readers }, async (_, reader) => { await read(reader) })
  const waits: number[] = []
  for (let i = 0; i < INVALIDATIONS; i++) {
    await delay(BETWEEN_MS)
    await instances[1]?.get(0)
    version += 1
    await writer.cache.invalidate(['told'])
    const started = performance.now()
    while ((await instances[1]?.get(0))?.version !== version) await turn()
    waits.push(performance.now() - started)
  }
  end.abort()
  await Promise.all(reading)
  await Promise.all([writer.close(), other.close()])
  return { p50_ms: percentile(waits, 0.5), p99_ms: percentile(waits, 0.99), max_ms: Math.max(...waits) }
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'How long after an invalidation is answered does another instance give the old value? (limit: 100 ms; REDIS_URL names the Redis)',
  variants: [
    { name: 'idle', measure: async () => await measure(0) },
    { name: '40,000 reads a second', measure: async () => await measure(READERS) }
  ]
}
export default claim
