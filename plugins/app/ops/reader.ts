import { Readable } from 'node:stream'

/** Earliest and latest time after which a reader whose stream has ended comes again, in ms: all of them at once would be a burst. */
const RETRY_MS = { least: 1000, most: 5000 }

/** Longest time that a timer can wait, in ms. */
const MAX_LIFE_MS = 2 ** 31 - 1

/** Why a stream ends: its token has, it was asked for no more, or the server stops. */
export type EndReason = 'expired' | 'enough' | 'stopping'

interface Options {
  /** Number of snapshots after which it ends. */
  snapshots: number
  /** Time until it ends, in ms. */
  lifeMs: number
  random: () => number
}

/** An event as it is written (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream); JSON has no line breaks. */
export function eventOf (name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * A stream of events to one reader. One that reads too slowly misses events: what it has not taken is never more than one text, beside
 * the buffers of its socket.
 */
export function createReader ({ snapshots, lifeMs, random }: Options) {
  const stream = new Readable({ read () {} })
  const timer = setTimeout(() => { end('expired') }, Math.min(lifeMs, MAX_LIFE_MS)).unref()
  let left = snapshots
  let isOpen = true
  stream.once('close', () => {
    isOpen = false
    clearTimeout(timer)
  })

  function end (reason: EndReason): void {
    if (!isOpen) return
    isOpen = false
    const retry = Math.round(RETRY_MS.least + random() * (RETRY_MS.most - RETRY_MS.least))
    stream.push(`retry: ${retry}\n${eventOf('end', { reason })}`)
    stream.push(null)
  }

  /** Writes a text, unless the reader has not taken the one before; returns whether it did. */
  function write (text: string): boolean {
    if (!isOpen || stream.readableLength > 0) return false
    stream.push(text)
    return true
  }

  return {
    stream,
    end,
    write,

    /** Writes a text that has a snapshot; after the last one that was asked for, the stream ends. */
    show (text: string): void {
      if (!write(text)) return
      left -= 1
      if (left === 0) end('enough')
    }
  }
}
export type Reader = ReturnType<typeof createReader>
