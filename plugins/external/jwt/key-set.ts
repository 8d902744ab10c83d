import type { FastifyBaseLogger } from 'fastify'

/** Time for which unknown names do not make the source be read again: forged ones cost nothing. */
const PAUSE_MS = 30_000

interface Needs<T> {
  /** All that the source lists now. */
  read: () => Promise<Map<string, T>>
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>
}

/** Keys by name as their source last listed them. What is known goes on while the source is away. */
export async function createKeySet<T> ({ read, log }: Needs<T>) {
  let readAt = Date.now()
  let keys = await read()
  let isReading = false
  let isAway = false

  async function refresh (): Promise<void> {
    if (isReading) return
    isReading = true
    readAt = Date.now()
    try {
      keys = await read()
      if (isAway) log.info('token keys are read again')
      isAway = false
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'token keys not read')
      isAway = true
    } finally {
      isReading = false
    }
  }

  return {
    refresh,

    /** The key of a name. An unknown one is read for in the background: it is found the next time. */
    get (name: string): T | undefined {
      const key = keys.get(name)
      if (key === undefined && Date.now() - readAt >= PAUSE_MS) {
        // at once, so that a flood in this turn asks for it once
        readAt = Date.now()
        queueMicrotask(refresh)
      }
      return key
    }
  }
}
