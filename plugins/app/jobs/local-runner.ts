import type { FastifyInstance } from 'fastify'
import type { Attempts } from './attempts.ts'
import type { Definitions } from './definitions.ts'

interface Tools {
  held: FastifyInstance['outbox']['held']
  attempts: Attempts
  definitions: Definitions
  concurrency: number
  failed: (error: unknown) => void
  /** Told when an attempt has ended. */
  onRoom: () => void
}

/** Does jobs from the outbox, without a queue: the same attempts, in the same order. */
export function createLocalRunner ({ held, attempts, definitions, concurrency, failed, onRoom }: Tools) {
  return {
    /** Takes what is due, as far as there is room. */
    async look (): Promise<void> {
      const room = concurrency - attempts.running()
      if (room <= 0) return
      for (const { _id: id } of await held.due([...definitions.keys()], room)) {
        const entry = await attempts.take(id)
        if (entry !== null) attempts.make(entry).then(onRoom, failed)
      }
    }
  }
}
