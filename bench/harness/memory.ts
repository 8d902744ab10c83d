import { setTimeout as delay } from 'node:timers/promises'
import { scrape } from './scrape.ts'

const MIB = 1024 * 1024
const SAMPLE_MS = 100

/** Does something that a server is asked for, and tells its resident memory, in MiB: before, and at its highest meanwhile. */
export async function watchMemory<T> (address: string, task: () => Promise<T>): Promise<{ before: number, highest: number, result: T }> {
  const before = (await scrape(address)).rssBytes / MIB
  let highest = before
  const over = new AbortController()
  async function watch (): Promise<void> {
    while (!over.signal.aborted) {
      await delay(SAMPLE_MS)
      highest = Math.max(highest, (await scrape(address)).rssBytes / MIB)
    }
  }
  const watching = watch()
  const result = await task()
  over.abort()
  await watching
  return { before, highest, result }
}
