import { getHeapStatistics } from 'node:v8'

/** Used heap of this process in bytes; a reading takes 0.4 µs, that of `process.memoryUsage` 15 µs. */
export function readHeap (): number {
  return getHeapStatistics().used_heap_size
}

/**
 * A reading of the heap for the start of every call, at most `intervalMs` old, so that quick calls share one
 * instead of paying for it. It is taken when asked for: there is no timer to stop.
 */
export function createHeapSampler (intervalMs: number) {
  let bytes = 0
  let readAt = -Infinity

  /** `now` is of `performance.now()`, in ms. */
  return function heapAt (now: number): number {
    if (now - readAt > intervalMs) {
      bytes = readHeap()
      readAt = now
    }
    return bytes
  }
}
