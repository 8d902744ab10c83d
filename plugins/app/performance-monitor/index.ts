import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Counter } from 'prom-client'
import { createHeapSampler, readHeap } from './heap-sampler.ts'
import { monitor, type AnyFunction, type Call } from './monitor.ts'

type MethodDecorator = <T extends AnyFunction>(method: T, context: ClassMethodDecoratorContext) => T

interface Monitored {
  <T extends AnyFunction>(name: string, fn: T): T
  (name: string): MethodDecorator
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Measures a critical function: `monitored('users.stats', fn)` gives a function of the same type back, and
     * `@monitored('users.stats')` is the same as a decorator of a method. Names come from code, never from input.
     */
    monitored: Monitored
  }
}

const HEAP_INTERVAL_MS = 100
const MS_PER_S = 1000

/** Logs slow calls. The heap is the process's: whatever ran at the same time has its share in the change. */
function createSlowCallLog ({ config, log, requestContext }: FastifyInstance) {
  return function logIfSlow (name: string, { milliseconds, failed, heapBefore }: Call): void {
    if (milliseconds <= config.SLOW_CALL_MS) return
    const context = requestContext.get()
    log.warn({
      name,
      failed,
      duration_ms: Math.round(milliseconds),
      process_heap_change_bytes: readHeap() - heapBefore,
      reqId: context?.requestId,
      request: context?.operation
    }, 'slow call')
  }
}

function createMonitoring (fastify: FastifyInstance) {
  const logIfSlow = createSlowCallLog(fastify)
  const heapAt = createHeapSampler(HEAP_INTERVAL_MS)
  const durations = fastify.durationHistogram({
    name: 'monitored_call_duration_seconds',
    help: 'Duration of monitored calls',
    labelNames: ['name']
  })
  const failures = new Counter({
    name: 'monitored_call_errors_total',
    help: 'Monitored calls that threw or rejected',
    labelNames: ['name'],
    registers: [fastify.metrics]
  })
  const observers = new Map<string, (seconds: number) => void>()

  return function watch<T extends AnyFunction> (name: string, fn: T): T {
    const observe = observers.get(name) ?? durations.series({ name })
    observers.set(name, observe)
    return monitor(fn, {
      heapAt,
      finish (call) {
        observe(call.milliseconds / MS_PER_S)
        if (call.failed) failures.inc({ name })
        logIfSlow(name, call)
      }
    })
  }
}

/** Optimization 7: durations, errors and slow calls of critical functions. It never alters a call. */
export default fp(async function performanceMonitor (fastify) {
  const watch = fastify.optimizationIsOn('performance-monitor')
    ? createMonitoring(fastify)
    : <T extends AnyFunction>(_name: string, fn: T) => fn

  function monitored<T extends AnyFunction> (name: string, fn: T): T
  function monitored (name: string): MethodDecorator
  function monitored<T extends AnyFunction> (name: string, fn?: T): T | MethodDecorator {
    return fn === undefined ? <M extends AnyFunction>(method: M) => watch(name, method) : watch(name, fn)
  }
  fastify.decorate('monitored', monitored)
}, { name: 'performance-monitor', dependencies: ['config', 'metrics', 'request-context'] })
