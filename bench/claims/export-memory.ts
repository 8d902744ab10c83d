import type { LoadRequest, Measured, ServerClaim } from '../harness/claim.ts'
import { askForUsers, drain } from '../harness/many-users.ts'
import { watchMemory } from '../harness/memory.ts'

const MIB = 1024 * 1024
const MS_PER_S = 1000

/** Drains all users, and tells the memory that it took. */
export async function measureExport (address: string, [, all]: LoadRequest[]): Promise<Measured> {
  const startedAt = performance.now()
  const { before, highest, result: { bytes, rows } } = await watchMemory(address, () => drain(address, all as LoadRequest))
  const seconds = (performance.now() - startedAt) / MS_PER_S
  return { rss_before_mib: before, rss_highest_mib: highest, rss_growth_mib: highest - before, file_mib: bytes / MIB, rows, rows_per_second: rows / seconds }
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'How much memory does an export of all users take, plain and compressed? (limit: 50 MiB, however many rows; EXPORT_ROWS says how many, 50,000 by default)',
  variants: [{ name: 'plain', env: { OPTIMIZATIONS_OFF: 'compression' } }, { name: 'compressed', env: {} }],
  defaults: { rounds: 3, users: 100 },
  prepare: askForUsers,
  measure: measureExport
}
export default claim
