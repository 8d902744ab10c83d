import { eventOf, type EndReason, type Reader } from './reader.ts'
import type { SlowQueries } from './slow-queries.ts'
import { createReading, snapshotOf, type Reading } from './snapshot.ts'

/** A comment: those in between see that the connection lives. */
const HEARTBEAT = ':\n\n'
/** The database is asked for slow queries with every so many snapshots. */
const SLOW_QUERIES_EVERY = 2

interface Needs {
  /** Text of `/metrics`. */
  readMetrics: () => Promise<string>
  slowQueries: SlowQueries
  /** Milliseconds since the epoch. */
  now: () => number
  intervalMs: number
}

/**
 * Makes one snapshot in each interval for all readers, and none while there is no reader. Where numbers come late or not at all, readers
 * get heartbeats.
 */
export function createWatch ({ readMetrics, slowQueries, now, intervalMs }: Needs) {
  const readers = new Set<Reader>()
  let timer: NodeJS.Timeout | undefined
  let last: Reading | undefined
  let ticks = 0
  let isReading = false

  function beat (): void { for (const reader of readers) reader.write(HEARTBEAT) }

  async function advance (): Promise<void> {
    const reading = createReading(await readMetrics(), now())
    const before = last
    last = reading
    // with nothing to compare it with, the first reading is no snapshot yet
    if (before === undefined) return
    const text = eventOf('snapshot', snapshotOf(before, reading)) + slowQueries.takeNews()
    for (const reader of readers) reader.show(text)
  }

  /** Resolves when everybody has what this turn gives. */
  async function tick (): Promise<void> {
    if (ticks++ % SLOW_QUERIES_EVERY === 0) slowQueries.ask()
    if (isReading) {
      beat()
      return
    }
    isReading = true
    await advance().catch(beat)
    isReading = false
  }

  function leave (reader: Reader): void {
    readers.delete(reader)
    if (readers.size > 0) return
    clearInterval(timer)
    timer = undefined
    last = undefined
    ticks = 0
  }

  return {
    tick,

    get readers (): number { return readers.size },

    add (reader: Reader): void {
      readers.add(reader)
      reader.stream.once('close', () => { leave(reader) })
      reader.write(slowQueries.latest === '' ? HEARTBEAT : slowQueries.latest)
      if (timer !== undefined) return
      timer = setInterval(tick, intervalMs).unref()
      setImmediate(tick)
    },

    end (reason: EndReason): void { for (const reader of readers) reader.end(reason) }
  }
}
