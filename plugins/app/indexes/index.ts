import { setTimeout as delay } from 'node:timers/promises'
import fp from 'fastify-plugin'
import type { Collection } from 'mongodb'
import { Gauge } from 'prom-client'
import { createCatalog } from './catalog.ts'
import type { IndexDifference } from './compare.ts'
import { createIndexCreation, type IndexState } from './creation.ts'
import { DECLARED_INDEXES } from './declarations.ts'
import { createUsage } from './usage.ts'

export type { IndexDifference } from './compare.ts'
export type { IndexState } from './creation.ts'
export type { IndexUsage } from './usage.ts'

declare module 'fastify' {
  interface FastifyInstance {
    indexes: {
      state: IndexState
      /** Creates what is missing, once in the life of the server; resolves with whether the database could be asked, however that went. */
      ensure: () => Promise<boolean>
      /** All differences between the database and the declarations. */
      check: () => Promise<IndexDifference[]>
      /** Replaces different indexes, creates missing ones and returns what still differs. */
      apply: () => Promise<IndexDifference[]>
      /** The indexes that there are, and how often each was used. */
      usage: ReturnType<typeof createUsage>
    }
  }
}

/** Pause until a database that could not be asked is asked again. */
const RETRY_MS = 1000

const KINDS = ['missing', 'different', 'extra'] as const

/**
 * Optimization 1: the declared indexes, created in the background once the server is ready, or before where something waits for them. It fails open: without an
 * index queries are slow, but served; log, `state` and the metric `index_differences` tell.
 */
export default fp(async function indexes (fastify) {
  const { documents, log, metrics, optimizationIsOn } = fastify
  const declared = DECLARED_INDEXES.filter(({ purpose }) => purpose !== 'compound' || optimizationIsOn('compound-indexes'))
  const collectionOf = (name: string): Collection => documents.collection(name)
  const catalog = createCatalog(declared, collectionOf)
  const creation = createIndexCreation(catalog, log)
  const { state } = creation

  let creating: Promise<boolean> | undefined
  function ensure (): Promise<boolean> {
    creating ??= creation.ensure()
    return creating
  }

  const end = new AbortController()
  /** The database may be later than the server. */
  async function ensureAtLast (): Promise<void> {
    const pause = () => delay(RETRY_MS, true, { ref: false, signal: end.signal }).catch(() => false)
    let isChecked = await ensure()
    while (!isChecked && await pause()) isChecked = await creation.ensure()
  }
  fastify.addHook('onReady', async function createInBackground () { setImmediate(ensureAtLast) })
  fastify.addHook('onClose', async () => { end.abort() })
  fastify.decorate('indexes', { state, ensure, check: () => catalog.check(), apply: () => creation.apply(), usage: createUsage(declared, collectionOf) })

  metrics.registerMetric(new Gauge({
    name: 'index_differences',
    help: 'Indexes of the database that differ from those declared, as found at the start or by the last change',
    labelNames: ['kind'],
    registers: [],
    collect () { for (const kind of KINDS) this.set({ kind }, state.differences.filter((difference) => difference.kind === kind).length) }
  }))
}, { name: 'indexes', dependencies: ['config', 'documents', 'metrics'] })
