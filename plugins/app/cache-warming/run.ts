import type { FastifyBaseLogger } from 'fastify'
import type { RunKind, WarmingMetrics } from './metrics.ts'

const MS_PER_S = 1000

export type Work = () => Promise<unknown>

interface Tools {
  log: Pick<FastifyBaseLogger, 'warn'>
  metrics: WarmingMetrics
}

/** Does all parts of a run side by side; one that fails is logged and stops no other. Never rejects. */
export async function runParts (kind: RunKind, parts: ReadonlyMap<string, Work>, { log, metrics }: Tools): Promise<void> {
  const startedAt = performance.now()
  const outcomes = await Promise.all([...parts].map(async ([part, work]) => {
    try {
      await work()
      return true
    } catch (error) {
      log.warn({ err: error, part, run: kind }, 'cache warming failed')
      return false
    }
  }))
  metrics.ran(kind, (performance.now() - startedAt) / MS_PER_S, outcomes.every(Boolean))
}
