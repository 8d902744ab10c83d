import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'
import { createCatalog } from './catalog.ts'
import type { IndexDifference } from './compare.ts'
import { createIndexCreation, type IndexState } from './creation.ts'
import { DECLARED_INDEXES } from './declarations.ts'

export type { IndexDifference } from './compare.ts'
export type { IndexState } from './creation.ts'

declare module 'fastify' {
  interface FastifyInstance {
    indexes: {
      state: IndexState
      /** Creates what is missing, once in the life of the server; resolves when that is over, whether or not all went well. */
      ensure: () => Promise<void>
      /** All differences between the database and the declarations. */
      check: () => Promise<IndexDifference[]>
      /** Replaces different indexes, creates missing ones and returns what still differs. */
      apply: () => Promise<IndexDifference[]>
    }
  }
}

const KINDS = ['missing', 'different', 'extra'] as const

/**
 * Optimization 1: the declared indexes, created in the background once the server is ready, or before where something waits for them. It fails open: without an
 * index queries are slow, but served; log, `state` and the metric `index_differences` tell.
 */
export default fp(async function indexes (fastify) {
  const { documents, log, metrics, optimizationIsOn } = fastify
  const declared = DECLARED_INDEXES.filter(({ purpose }) => purpose !== 'compound' || optimizationIsOn('compound-indexes'))
  const catalog = createCatalog(declared, (name) => documents.collection(name))
  const creation = createIndexCreation(catalog, log)
  const { state } = creation

  let creating: Promise<void> | undefined
  function ensure (): Promise<void> {
    creating ??= creation.ensure()
    return creating
  }
  fastify.addHook('onReady', async function createInBackground () { setImmediate(ensure) })
  fastify.decorate('indexes', { state, ensure, check: () => catalog.check(), apply: () => creation.apply() })

  metrics.registerMetric(new Gauge({
    name: 'index_differences',
    help: 'Indexes of the database that differ from those declared, as found at the start or by the last change',
    labelNames: ['kind'],
    registers: [],
    collect () { for (const kind of KINDS) this.set({ kind }, state.differences.filter((difference) => difference.kind === kind).length) }
  }))
}, { name: 'indexes', dependencies: ['config', 'documents', 'metrics'] })
