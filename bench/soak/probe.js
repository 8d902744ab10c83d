import { setTimeout as delay } from 'node:timers/promises'

/*
 * Loaded by `--import` into a server that was started with `--expose-gc`, before its own code: on a message it collects garbage
 * and tells what is left. Nothing in the sources knows of it.
 */
const COLLECTIONS = 4
/** What a collection leaves to finalizers, and requests under way, are over then. */
const PAUSE_MS = 60

/** The least of several collections: what is there in each of them is held, and not a request that is under way. */
async function takeSample () {
  let least = { ...process.memoryUsage(), heapUsed: Infinity }
  for (let n = 0; n < COLLECTIONS; n++) {
    if (n > 0) await delay(PAUSE_MS)
    globalThis.gc?.()
    const usage = process.memoryUsage()
    if (usage.heapUsed < least.heapUsed) least = usage
  }
  return { ...least, handles: process.getActiveResourcesInfo().length }
}

async function answer () {
  process.send?.(await takeSample())
}

process.on('message', answer)
// a server that has closed ends
process.channel?.unref()
// nobody is left who would end it
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
