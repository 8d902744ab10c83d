import { calculateObjectSize, Long } from 'bson'
import type { Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'

interface Cursor { ns: string, docs: Iterator<Doc>, next: Doc | undefined, session: string | undefined, used: number }

/** A reply may hold documents of this size in total. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024
const MAX_OPEN = 1_000
/** As in MongoDB, a cursor that nobody reads from dies after ten minutes. */
const IDLE_MS = 600_000

const advance = (docs: Iterator<Doc>): Doc | undefined => {
  const next = docs.next()
  return next.done ? undefined : next.value
}

function take (cursor: Cursor, count: number): Doc[] {
  const batch: Doc[] = []
  let bytes = 0
  while (cursor.next && batch.length < count) {
    const size = calculateObjectSize(cursor.next)
    if (size > MAX_BATCH_BYTES) fail(10334, `a result of ${size} bytes exceeds the limit of ${MAX_BATCH_BYTES}`)
    bytes += size
    if (bytes > MAX_BATCH_BYTES && batch.length > 0) break
    batch.push(cursor.next)
    cursor.next = advance(cursor.docs)
  }
  return batch
}

/** The results that did not fit into a first reply; each reads the snapshot it began with. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>()
  readonly #clock: () => number
  #last = 0n

  constructor (clock: () => number) {
    this.#clock = clock
  }

  get size (): number {
    return this.#open.size
  }

  open (ns: string, docs: Iterable<Doc>, { count = 101, single = false, session }: { count?: number, single?: boolean, session?: string | undefined }): Doc {
    const iterator = docs[Symbol.iterator]()
    const cursor: Cursor = { ns, docs: iterator, next: advance(iterator), session, used: this.#clock() }
    const firstBatch = take(cursor, count)
    if (!cursor.next || single) return { cursor: { firstBatch, id: Long.ZERO, ns } }
    if (this.#open.size >= MAX_OPEN) fail(2, 'too many open cursors')
    this.#open.set(++this.#last, cursor)
    return { cursor: { firstBatch, id: this.#last, ns } }
  }

  more (id: bigint, ns: string, count = Infinity): Doc {
    const cursor = this.#open.get(id)
    if (cursor?.ns !== ns) return fail(43, `cursor id ${id} not found`)
    cursor.used = this.#clock()
    const nextBatch = take(cursor, count)
    if (!cursor.next) this.#open.delete(id)
    return { cursor: { nextBatch, id: cursor.next ? id : Long.ZERO, ns } }
  }

  kill (id: bigint): boolean {
    return this.#open.delete(id)
  }

  endSession (session: string): void {
    for (const [id, cursor] of this.#open) if (cursor.session === session) this.#open.delete(id)
  }

  sweep (): void {
    for (const [id, cursor] of this.#open) if (cursor.used + IDLE_MS <= this.#clock()) this.#open.delete(id)
  }
}
