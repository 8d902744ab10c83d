import { constants, monitorEventLoopDelay, performance, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Counter, Gauge, type Registry } from 'prom-client'
import { DurationHistogram } from './duration-histogram.ts'

const DELAY_RESOLUTION_MS = 20
const NS_PER_S = 1e9
const US_PER_S = 1e6
const MS_PER_S = 1000
const QUANTILES = [50, 90, 99]
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5]

const GC_KINDS: Array<[number, string]> = [
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb']
]

interface GcEntry extends PerformanceEntry {
  detail: { kind: number }
}

function isGcEntry (entry: PerformanceEntry): entry is GcEntry {
  return entry.entryType === 'gc'
}

/** Delay of timers and share of time in which the event loop was busy, each since the scrape before. */
function measureEventLoop (registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  delay.enable()
  let before = performance.eventLoopUtilization()

  registry.registerMetric(new Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Delay of the event loop since the last scrape',
    labelNames: ['quantile'],
    registers: [],
    collect () {
      for (const quantile of QUANTILES) this.set({ quantile: quantile / 100 }, delay.percentile(quantile) / NS_PER_S)
      delay.reset()
    }
  }))
  registry.registerMetric(new Gauge({
    name: 'nodejs_eventloop_utilization',
    help: 'Share of time in which the event loop was busy since the last scrape, 0 to 1',
    registers: [],
    collect () {
      const now = performance.eventLoopUtilization()
      this.set(performance.eventLoopUtilization(now, before).utilization)
      before = now
    }
  }))
  return () => { delay.disable() }
}

function measureGarbageCollection (registry: Registry): () => void {
  const durations = new DurationHistogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collections by kind',
    labelNames: ['kind'],
    buckets: GC_BUCKETS,
    registers: [registry]
  })
  const observers = new Map(GC_KINDS.map(([kind, name]) => [kind, durations.series({ kind: name })]))
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries().filter(isGcEntry)) observers.get(detail.kind)?.(duration / MS_PER_S)
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => { observer.disconnect() }
}

function measureResources (registry: Registry): void {
  registry.registerMetric(new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of this process, user and system',
    registers: [],
    collect () {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / US_PER_S)
    }
  }))
  registry.registerMetric(new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of this process in RAM',
    registers: [],
    collect () { this.set(process.memoryUsage.rss()) }
  }))
  registry.registerMetric(new Gauge({
    name: 'nodejs_heap_bytes',
    help: 'JavaScript heap: used, reserved (total), and the limit at which the process ends',
    labelNames: ['kind'],
    registers: [],
    collect () {
      const heap = getHeapStatistics()
      this.set({ kind: 'used' }, heap.used_heap_size)
      this.set({ kind: 'total' }, heap.total_heap_size)
      this.set({ kind: 'limit' }, heap.heap_size_limit)
    }
  }))
  const start = new Gauge({ name: 'process_start_time_seconds', help: 'Start of this process, Unix time', registers: [registry] })
  start.set(performance.timeOrigin / MS_PER_S)
}

/**
 * The process's own numbers. Not prom-client's `collectDefaultMetrics`: nothing can stop the observers that it
 * starts, so each closed server would leave a pair of them behind. Returns the function that stops ours.
 */
export function createProcessMetrics (registry: Registry): () => void {
  measureResources(registry)
  const stops = [measureEventLoop(registry), measureGarbageCollection(registry)]
  return function stop () { for (const end of stops) end() }
}
