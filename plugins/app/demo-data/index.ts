import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { TRANSACTIONS, EARNINGS, SIZE } from './circle-plan.ts'
import { generateDemoData, hashDemoPassword } from './contents.ts'
import { DEMO_USERNAMES, scaleOf } from './scale.ts'
import { createWriter } from './writer.ts'

declare module 'fastify' {
  interface FastifyInstance {
    demoData: ReturnType<typeof createDemoData>
  }
}

export interface SeedOptions {
  users: number
  /** Time that all dates are relative to. */
  now?: Date
  /** Told after each batch; `total` is nearly exact. */
  onProgress?: (written: number, total: number) => void
}

type Tools = Pick<FastifyInstance, 'documents' | 'indexes'>

function createDemoData ({ documents, indexes }: Tools) {
  const users = documents.collection('users')

  return {
    isEmpty: async (): Promise<boolean> => await users.findOne({ user_id: { $gte: 0 } }, { projection: { _id: 1 } }) === null,

    /**
     * Writes the demo data: the same documents for the same number of users, four at least; only dates depend on `now`.
     * Runs in constant memory. Returns how many documents it wrote.
     */
    async seed ({ users: wanted, now = new Date(), onProgress }: SeedOptions): Promise<number> {
      const scale = scaleOf(wanted)
      const perUser = 1 + (TRANSACTIONS + EARNINGS) / SIZE
      const total = DEMO_USERNAMES.length + scale.analysts + scale.signals + Math.round(scale.users * perUser)
      let written = 0
      const writer = createWriter({
        collectionOf: (name) => documents.collection(name),
        isDuplicate: (error) => documents.isDuplicate(error),
        onWritten (count) {
          written += count
          onProgress?.(written, total)
        }
      })
      // unique indexes first: they are what keeps two seedings at once from doubling anything
      const [passwordHash] = await Promise.all([hashDemoPassword(), indexes.ensure()])
      for (const [name, contents] of generateDemoData({ scale, now, passwordHash })) await writer.write(name, contents)
      await writer.end()
      return written
    }
  }
}

/** Demo data for development: fills an empty embedded database, or with `DEMO_DATA=true` any empty database, before the server is ready. */
export default fp(async function demoData (fastify) {
  const { config, log } = fastify
  const seeds = createDemoData(fastify)
  fastify.decorate('demoData', seeds)
  // neither is possible in production: the configuration refuses it
  const isWanted = config.MONGODB_URI === '' || config.DEMO_DATA
  if (!isWanted || config.DEMO_USERS === 0) return

  async function fillEmptyDatabase (): Promise<void> {
    if (!await seeds.isEmpty()) return
    const startedAt = performance.now()
    const documents = await seeds.seed({ users: config.DEMO_USERS })
    log.info({ documents, milliseconds: Math.round(performance.now() - startedAt) }, 'demo data written')
  }
  // the database works while the rest of the server loads; a failure is told where the result is awaited
  const filling = fillEmptyDatabase()
  filling.catch(() => {})
  fastify.addHook('onReady', async function demoDataIsThere () { await filling })
}, { name: 'demo-data', dependencies: ['config', 'documents', 'indexes'] })
