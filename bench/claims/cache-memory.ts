import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encodeValue } from '../../plugins/app/cache/entry.ts'
import { createMemoryTier } from '../../plugins/app/cache/memory-tier.ts'
import type { Measured, MeasureClaim } from '../harness/claim.ts'

const MIB = 1024 * 1024
const BOUND_MIB = 64
const KEYS = 10_000_000
/** Values that are made beforehand, each copied when it is kept: making ten million of them would be most of the time. */
const VALUES = 1000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function usage (): { used: number, rss: number } {
  collect()
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { used: heapUsed + external, rss }
}

async function measure (bytesPerValue: number): Promise<Measured> {
  const values = Array.from({ length: VALUES }, () => encodeValue('x'.repeat(bytesPerValue)))
  const before = usage()
  const memory = createMemoryTier(BOUND_MIB * MIB)
  for (let i = 0; i < KEYS; i++) {
    const now = Date.now()
    const bytes = (values[i % VALUES] ?? new Uint8Array()).slice()
    memory.set(`values:[${i}]`, { bytes, loadedAt: now, freshUntil: now + 0.5, staleUntil: now + 1.5, expiresAt: now + 2.5, since: 0, hits: 0 })
  }
  const after = usage()
  const { entries } = memory.size()
  return {
    growth_mib: (after.used - before.used) / MIB,
    growth_percent_of_bound: 100 * (after.used - before.used) / MIB / BOUND_MIB,
    rss_growth_mib: (after.rss - before.rss) / MIB,
    entries_kept: entries
  }
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'How much memory do ten million distinct keys take with a bound of 64 MiB? (limit: the bound ± 10 %)',
  variants: [
    { name: 'values of 100 bytes', measure: () => measure(100) },
    { name: 'values of 1,000 bytes', measure: () => measure(1000) }
  ]
}
export default claim
