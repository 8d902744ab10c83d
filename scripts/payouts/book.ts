import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'

export interface Payment {
  id: string
  amount: string
  network: string
  address: string
}

/** A payment and what has become of it. */
export interface Entry extends Payment {
  status: 'paid' | 'pending' | 'refused'
  /** Of what is paid, by analogy with the hash of a transaction: the same for the same payment. */
  reference?: string
  reason?: string
  /** When what is pending is paid, in Unix milliseconds. */
  due_at?: number
}

/** How a payment that was never seen is taken. */
export type Taking = Pick<Entry, 'status' | 'due_at' | 'reason'>

function referenceOf ({ id }: Payment): string {
  return `0x${createHash('sha256').update(id).digest('hex')}`
}

/** Whole lines of a file; a last line without its end, of a process that was killed while writing it, is cut off. */
async function readLines (file: FileHandle): Promise<string[]> {
  const text = await file.readFile('utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  await file.truncate(Buffer.byteLength(whole))
  return whole.split('\n').filter((line) => line !== '')
}

/**
 * The provider's book. With a `path` each change is a line of that file, on the disk before anybody hears of it, and the book begins with
 * what is there: killed at any time, it has what it has told. A payment is there once, however many ask at once.
 */
export async function openBook (path: string | undefined, clock: () => number) {
  const file = path === undefined ? undefined : await open(path, 'a+')
  const entries = new Map<string, Entry>()
  for (const line of file ? await readLines(file) : []) {
    const entry = JSON.parse(line) as Entry
    entries.set(entry.id, entry)
  }
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other, whether the one before failed or not. */
  function inTurn<T> (work: () => Promise<T>): Promise<T> {
    const turn = last.then(work, work)
    last = turn.catch(() => {})
    return turn
  }

  async function write (entry: Entry): Promise<Entry> {
    await file?.appendFile(`${JSON.stringify(entry)}\n`)
    await file?.datasync()
    entries.set(entry.id, entry)
    return entry
  }

  /** The entry as it is now: what is due has been paid meanwhile. */
  async function settled (entry: Entry): Promise<Entry> {
    if (entry.status !== 'pending' || clock() < Number(entry.due_at)) return entry
    const { due_at: _due, ...payment } = entry
    return await write({ ...payment, status: 'paid', reference: referenceOf(entry) })
  }

  return {
    /** The entry of a payment, made by `taking` unless it is there. */
    take: (payment: Payment, taking: Taking): Promise<Entry> => inTurn(async () => {
      const entry = entries.get(payment.id)
      if (entry) return await settled(entry)
      return await write({ ...payment, ...taking, ...(taking.status === 'paid' && { reference: referenceOf(payment) }) })
    }),

    find: (id: string): Promise<Entry | undefined> => inTurn(async () => {
      const entry = entries.get(id)
      return entry && await settled(entry)
    }),

    list: (): Promise<Entry[]> => inTurn(async () => {
      for (const entry of [...entries.values()]) await settled(entry)
      return [...entries.values()]
    }),

    close: async (): Promise<void> => {
      await last
      await file?.close()
    }
  }
}
export type Book = Awaited<ReturnType<typeof openBook>>
