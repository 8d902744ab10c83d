import { totalmem } from 'node:os'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'
import { countCores } from './cores.ts'
import { createSampler, IDLE, type Load } from './sampler.ts'

export type { Load } from './sampler.ts'

declare module 'fastify' {
  interface FastifyInstance {
    load: ReturnType<typeof createLoad>
  }
}

function createLoad ({ config }: Pick<FastifyInstance, 'config'>) {
  const limits = {
    cores: countCores(),
    // a control group without a limit says zero, or a number beyond any machine
    memoryBytes: Math.min(...[totalmem(), process.constrainedMemory()].filter((bytes) => bytes > 0)),
    delayMs: config.LOAD_MAX_DELAY_MS
  }
  const quick = createSampler({ ...limits, intervalMs: config.LOAD_PROTECTION_INTERVAL_MS })
  const slow = createSampler({ ...limits, intervalMs: config.LOAD_INTERVAL_MS })
  const listeners: ((reported: Load) => void)[] = []
  const state = { current: IDLE, reported: IDLE }

  const timers = [
    setInterval(() => { state.current = quick.take() }, config.LOAD_PROTECTION_INTERVAL_MS).unref(),
    setInterval(function report () {
      state.reported = slow.take()
      for (const tell of listeners) tell(state.reported)
    }, config.LOAD_INTERVAL_MS).unref()
  ]

  return {
    /** Memory that the process may use: of its control group, or of the machine. */
    memoryBytes: limits.memoryBytes,
    /** What is reported: of the last whole `LOAD_INTERVAL_MS`. */
    get reported (): Load { return state.reported },
    /** What protects the process: of the last `LOAD_PROTECTION_INTERVAL_MS`. */
    get current (): Load { return state.current },
    /** Calls `tell` with each reported load. */
    onReport (tell: (reported: Load) => void): void { listeners.push(tell) },
    stop (): void {
      for (const timer of timers) clearInterval(timer)
      for (const sampler of [quick, slow]) sampler.stop()
    }
  }
}

/**
 * Optimization 8: how busy this process is, from 0 to 1, by whatever it has least of: CPU of the cores that it may use,
 * event loop, heap, memory. It only measures; nothing that it asks can fail or wait.
 */
export default fp(async function load (fastify) {
  const measured = createLoad(fastify)
  fastify.decorate('load', measured)
  fastify.metrics.registerMetric(new Gauge({
    name: 'load_ratio',
    help: 'Load of this process in the last whole interval, 0 to 1: value is the largest of the others',
    labelNames: ['kind'],
    registers: [],
    collect () { for (const [kind, ratio] of Object.entries<number>({ ...measured.reported })) this.set({ kind }, ratio) }
  }))
  fastify.addHook('onClose', async () => { measured.stop() })
}, { name: 'load', dependencies: ['config', 'metrics'] })
