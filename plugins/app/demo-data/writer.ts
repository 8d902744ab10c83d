import type { Collection, Document } from 'mongodb'

/** Documents of an insert: large enough that its cost is that of the documents. */
const BATCH = 2000
/** Inserts under way while the next batch is made; with `BATCH` it bounds the memory. */
const MAX_IN_FLIGHT = 2

interface WriterOptions {
  collectionOf: (name: string) => Collection
  isDuplicate: (error: unknown) => boolean
  onWritten: (count: number) => void
}

/**
 * Collects documents and inserts them in batches, in any order. Documents that are there already are left alone:
 * somebody else is seeding the same data.
 */
export function createWriter ({ collectionOf, isDuplicate, onWritten }: WriterOptions) {
  const batches = new Map<string, Document[]>()
  const inFlight = new Set<Promise<void>>()

  async function insert (name: string, documents: Document[]): Promise<void> {
    try {
      await collectionOf(name).insertMany(documents, { ordered: false })
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
    onWritten(documents.length)
  }

  async function send (name: string, documents: Document[]): Promise<void> {
    batches.delete(name)
    const insertion = insert(name, documents).finally(() => inFlight.delete(insertion))
    inFlight.add(insertion)
    // a failure ends the seeding at the next batch, and is no unhandled rejection until then
    insertion.catch(() => {})
    if (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight)
  }

  return {
    async write (name: string, documents: readonly Document[]): Promise<void> {
      const batch = batches.get(name) ?? []
      batch.push(...documents)
      batches.set(name, batch)
      if (batch.length >= BATCH) await send(name, batch)
    },

    async end (): Promise<void> {
      for (const [name, batch] of batches) await send(name, batch)
      await Promise.all(inFlight)
    }
  }
}
