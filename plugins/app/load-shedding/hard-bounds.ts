import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { overload } from './refusal.ts'

/** Parts of the memory that the process may use, above which it is about to be ended. */
const HEAP_SHARE = 0.95
const MEMORY_SHARE = 0.95

/** Refuses what would bring the process down, however few requests are in flight; not what is critical, nor withdrawals. */
export async function boundHard (fastify: FastifyInstance, countRefusal: (priority: string, reason: string) => void): Promise<void> {
  const { config, load } = fastify

  await fastify.register(underPressure, {
    maxEventLoopDelay: config.SHEDDING_MAX_DELAY_MS,
    maxHeapUsedBytes: HEAP_SHARE * getHeapStatistics().heap_size_limit,
    maxRssBytes: MEMORY_SHARE * load.memoryBytes,
    async pressureHandler ({ routeOptions: { config: { priority = 'read' } } }, _reply, reason) {
      if (priority === 'critical' || priority === 'withdrawal') return
      // a stall that is over, such as that of the start, is no pressure
      if (reason === 'eventLoopDelay' && load.current.delay < 1) return
      countRefusal(priority, reason)
      throw overload(fastify)
    }
  })
}
