import { once } from 'node:events'
import { Counter, type Registry } from 'prom-client'

/** However many scrapes come, nobody is asked more often. */
const MAX_AGE_MS = 1000
/** Longest that a scrape waits for an answer. */
const LIMIT_MS = 1000

async function abortion (signal: AbortSignal): Promise<never> {
  await once(signal, 'abort')
  throw signal.reason as Error
}

/**
 * Numbers that must be asked of others, such as the database: when somebody scrapes, once a second at most. A failure is
 * the answer null and a count, never an error: numbers that are not known are left out.
 */
export function createSampling (registry: Registry) {
  const samples = new Counter({ name: 'metrics_samples_total', help: 'How often the database or Redis was asked for numbers of /metrics; failed ones are left out of it', labelNames: ['source', 'outcome'], registers: [registry] })

  /** Function that gives the newest numbers of `source`; all metrics made of them share one answer. */
  return function sampled<T> (source: string, ask: (signal: AbortSignal) => Promise<T>): () => Promise<T | null> {
    let sample: Promise<T | null> = Promise.resolve(null)
    let takenAt = -Infinity

    async function take (): Promise<T | null> {
      const signal = AbortSignal.timeout(LIMIT_MS)
      try {
        const numbers = await Promise.race([ask(signal), abortion(signal)])
        samples.inc({ source, outcome: 'ok' })
        return numbers
      } catch {
        samples.inc({ source, outcome: 'failed' })
        return null
      }
    }

    samples.inc({ source, outcome: 'failed' }, 0)
    return function newest () {
      const now = performance.now()
      if (now - takenAt >= MAX_AGE_MS) {
        takenAt = now
        sample = take()
      }
      return sample
    }
  }
}
