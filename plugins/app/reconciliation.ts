import { setInterval } from 'node:timers'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'

declare module 'fastify' {
  interface FastifyInstance {
    /** Reconciles the ledger if it is time; resolves with the number of differences, or null if it is not time. */
    reconcile: () => Promise<number | null>
  }
}

interface ReconciliationDocument {
  _id: string
  started_at: Date
  /** Of the last one that came to its end; 1970 until then. */
  finished_at: Date
}

/** So often in an interval each process looks whether it is time. */
const LOOKS = 24
const LAST = 'last'

/** What the fleet does once in an interval, by the one process that comes first. */
function createReconcile ({ config, documents, ledger, log, metrics, withdrawals }: FastifyInstance) {
  const runs = documents.collection<ReconciliationDocument>('reconciliations')
  const gauge = new Gauge({ name: 'ledger_differences', help: 'Balances and withdrawals that their entries did not prove when this process last looked', registers: [metrics] })

  async function claim (): Promise<boolean> {
    const now = Date.now()
    const isTime = {
      _id: LAST,
      started_at: { $lte: new Date(now - config.RECONCILE_INTERVAL_MS / LOOKS) },
      // the release before did not write it
      finished_at: { $not: { $gt: new Date(now - config.RECONCILE_INTERVAL_MS) } }
    }
    try {
      await runs.updateOne(isTime, { $set: { started_at: new Date(now) }, $setOnInsert: { finished_at: new Date(0) } }, { upsert: true })
      return true
    } catch (error) {
      // a younger one is there, so it cannot be inserted
      if (documents.isDuplicate(error)) return false
      throw error
    }
  }

  async function count (): Promise<number> {
    let count = 0
    for (const differences of [ledger.differences(), withdrawals.differences()]) {
      for await (const difference of differences) {
        count += 1
        log.error({ difference }, 'ledger difference')
      }
    }
    return count
  }

  /** Others take it for dead unless they hear of it. */
  function keepClaim (): NodeJS.Timeout {
    return setInterval(() => { runs.updateOne({ _id: LAST }, { $set: { started_at: new Date() } }).catch(() => {}) }, config.RECONCILE_INTERVAL_MS / LOOKS / 4).unref()
  }

  return async function reconcile (): Promise<number | null> {
    if (!await claim()) return null
    const claimed = keepClaim()
    const differences = await count().finally(() => { clearInterval(claimed) })
    gauge.set(differences)
    await runs.updateOne({ _id: LAST }, { $set: { finished_at: new Date() } })
    log.info({ differences }, 'ledger reconciled')
    return differences
  }
}

/**
 * Proves once a day that balances and withdrawals are what the ledger says; each difference is an error in the log and counts
 * in a metric. Open: while the database is away nothing is proven; what did not come to its end is begun anew at the next look. Where jobs are done, it is done too.
 */
export default fp(async function reconciliation (fastify) {
  const { config, log } = fastify
  const reconcile = createReconcile(fastify)
  fastify.decorate('reconcile', reconcile)
  if (config.JOBS_CONCURRENCY === 0) return

  const timer = setInterval(() => {
    reconcile().catch((err: unknown) => { log.warn({ err }, 'ledger not reconciled') })
  }, Math.ceil(config.RECONCILE_INTERVAL_MS / LOOKS)).unref()
  fastify.addHook('preClose', async () => { clearInterval(timer) })
}, { name: 'reconciliation', dependencies: ['config', 'documents', 'ledger', 'metrics', 'withdrawals'] })
