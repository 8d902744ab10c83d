import { Readable } from 'node:stream'
import type { FindCursor } from 'mongodb'

/** What a file is made of. */
export interface Content<T> {
  cursor: FindCursor<T>
  type: string
  head: string
  row: (document: T) => string
  /** What stands below the last row. */
  tail?: () => string
}

/** A write for each row would cost more than the row; the socket takes as much at once. */
const CHUNK_LENGTH = 65_536
/** Between two looks at the length of the chunk. */
const ROWS = 50

interface Options {
  /** Time in which the next chunk must be taken, in ms. */
  stallMs: number
  /** Called when the cursor is at its end, before the last chunk, and when it is closed. */
  onClosed: () => void
}

async function * chunksOf<T extends object> ({ cursor, head, row, tail }: Content<T>, onClosed: () => void): AsyncGenerator<string, void> {
  let chunk = head
  while (await cursor.hasNext()) {
    for (const document of cursor.readBufferedDocuments(ROWS)) chunk += row(document)
    if (chunk.length < CHUNK_LENGTH) continue
    yield chunk
    chunk = ''
  }
  // one that was closed, by the driver's client above all, has no next either
  if (cursor.killed) throw new Error('The cursor was closed before its end')
  onClosed()
  chunk += tail?.() ?? ''
  if (chunk !== '') yield chunk
}

/**
 * The rows of a cursor as a stream of bytes that reads when it is read from, so that it holds one batch and one chunk. However it
 * ends, the cursor is closed. A fault destroys it, and so does a reader who does not take the next chunk within `stallMs`, or never
 * begins to.
 */
export function createRowStream<T extends object> (content: Content<T>, { stallMs, onClosed }: Options): Readable {
  const chunks = chunksOf(content, onClosed)
  const waitForReader = () => setTimeout(() => { stream.destroy(new Error('The client of an export has stopped reading')) }, stallMs).unref()
  let stall = waitForReader()

  const stream = new Readable({
    highWaterMark: CHUNK_LENGTH,
    read () {
      // what the database takes is not the reader's time
      clearTimeout(stall)
      chunks.next().then(({ value = null }) => {
        stall = waitForReader()
        this.push(value)
      }).catch((error: Error) => { this.destroy(error) })
    }
  })
  return stream.once('close', async function close () {
    clearTimeout(stall)
    await content.cursor.close()
    onClosed()
  })
}
