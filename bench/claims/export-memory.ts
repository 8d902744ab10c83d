import { setTimeout as delay } from 'node:timers/promises'
import type { LoadRequest, Measured, ServerClaim } from '../harness/claim.ts'
import { askForUsers, drain } from '../harness/many-users.ts'
import { scrape } from '../harness/scrape.ts'

const MIB = 1024 * 1024
const SAMPLE_MS = 200

async function measure (address: string, [, all]: LoadRequest[]): Promise<Measured> {
  const { rssBytes: before } = await scrape(address)
  let most = before
  const over = new AbortController()
  async function watch (): Promise<void> {
    while (!over.signal.aborted) {
      await delay(SAMPLE_MS)
      most = Math.max(most, (await scrape(address)).rssBytes)
    }
  }
  const watching = watch()
  const startedAt = performance.now()
  const { bytes, rows } = await drain(address, all as LoadRequest)
  const seconds = (performance.now() - startedAt) / 1000
  over.abort()
  await watching
  return { rss_before_mib: before / MIB, rss_growth_mib: (most - before) / MIB, file_mib: bytes / MIB, rows, rows_per_second: rows / seconds }
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'How much memory does an export of all users take, plain and compressed? (limit: 50 MiB, however many rows; EXPORT_ROWS says how many, 50,000 by default)',
  variants: [{ name: 'plain', env: { OPTIMIZATIONS_OFF: 'compression' } }, { name: 'compressed', env: {} }],
  defaults: { rounds: 3, users: 100 },
  prepare: askForUsers,
  measure
}
export default claim
