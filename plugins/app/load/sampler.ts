import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/** How much of what there is was used, each 0 to 1; `value` is the largest of the others. */
export interface Load {
  value: number
  /** CPU time of this process in the interval, of the cores that it may use. */
  cpu: number
  /** Share of the interval in which the event loop was busy. */
  event_loop: number
  /** Delay of the event loop (99th percentile), of the one that counts as full load. */
  delay: number
  /** JavaScript heap in use, of the limit at which the process ends. */
  heap: number
  /** Memory of the process, of what its control group or the machine allows. */
  memory: number
}

export interface Limits {
  cores: number
  memoryBytes: number
  /** Delay of the event loop that counts as full load. */
  delayMs: number
  /** Time between two calls of `take`. */
  intervalMs: number
}

export const IDLE: Load = { value: 0, cpu: 0, event_loop: 0, delay: 0, heap: 0, memory: 0 }

const DELAY_RESOLUTION_MS = 10
const NS_PER_MS = 1e6
const US_PER_MS = 1000

const share = (used: number, available: number): number => Math.min(1, Math.max(0, used / available))

/** Measures from one call of `take` to the next: CPU time and event loop are differences, never totals since the start. */
export function createSampler ({ cores, memoryBytes, delayMs, intervalMs }: Limits) {
  const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  delays.enable()
  let cpuBefore = process.cpuUsage()
  let loopBefore = performance.eventLoopUtilization()
  let takenAt = performance.now()

  /** That of the ticks since the last call; where the loop stood still they are too few, and this call itself is late. */
  function readDelay (now: number): number {
    const ofTicks = delays.count === 0 ? 0 : delays.percentile(99) / NS_PER_MS - DELAY_RESOLUTION_MS
    delays.reset()
    return Math.max(ofTicks, now - takenAt - intervalMs)
  }

  return {
    take (): Load {
      const now = performance.now()
      const { user, system } = process.cpuUsage(cpuBefore)
      const loop = performance.eventLoopUtilization()
      const heap = getHeapStatistics()
      const load = {
        cpu: share((user + system) / US_PER_MS, (now - takenAt) * cores),
        event_loop: share(performance.eventLoopUtilization(loop, loopBefore).utilization, 1),
        delay: share(readDelay(now), delayMs),
        heap: share(heap.used_heap_size, heap.heap_size_limit),
        memory: share(process.memoryUsage.rss(), memoryBytes)
      }
      cpuBefore = process.cpuUsage()
      loopBefore = loop
      takenAt = now
      return { value: Math.max(...Object.values(load)), ...load }
    },

    stop (): void { delays.disable() }
  }
}
