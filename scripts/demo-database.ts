import { setImmediate as breathe } from 'node:timers/promises'
import { startEmbeddedDatabase, type EmbeddedDatabase, type RunCommand } from '../embedded/index.ts'
import { generateDemoData, hashDemoPassword } from '../plugins/app/demo-data/contents.ts'
import { scaleOf } from '../plugins/app/demo-data/scale.ts'
import { DECLARED_INDEXES } from '../plugins/app/indexes/declarations.ts'

/** Documents of an insert: few enough that this process answers others in between. */
const BATCH = 500
/** The server's own defaults. */
const DEFAULT_DATABASE = 'sahm'
const DEFAULT_USERS = 2000

/** Batches of one collection each. */
function * batchesOf (contents: ReturnType<typeof generateDemoData>) {
  const batches = new Map<string, object[]>()
  for (const [name, documents] of contents) {
    const batch = batches.get(name) ?? []
    batch.push(...documents)
    batches.set(name, batch)
    if (batch.length < BATCH) continue
    batches.delete(name)
    yield [name, batch] as const
  }
  yield * batches
}

async function insertDocuments (run: RunCommand, $db: string, users: number): Promise<void> {
  const passwordHash = await hashDemoPassword()
  for (const [insert, documents] of batchesOf(generateDemoData({ scale: scaleOf(users), now: new Date(), passwordHash }))) {
    await run({ insert, documents, $db })
    await breathe()
  }
}

async function createIndexes (run: RunCommand, $db: string): Promise<void> {
  for (const { collection, key, options } of DECLARED_INDEXES) {
    await run({ createIndexes: collection, indexes: [{ key, name: Object.entries(key).flat().join('_'), ...options }], $db })
    await breathe()
  }
}

/**
 * The database of `npm run dev`: embedded in this process, with the demo data that `DEMO_USERS` asks for. Filled without
 * the wire and while the server loads: filled by the server, the start would take more than a second longer.
 */
export async function startDemoDatabase (env: NodeJS.ProcessEnv): Promise<EmbeddedDatabase> {
  const name = env.MONGODB_DATABASE || DEFAULT_DATABASE
  const users = Number(env.DEMO_USERS || DEFAULT_USERS)
  return await startEmbeddedDatabase({
    async prepare (run) {
      // the server says what is wrong with any other value
      if (!Number.isSafeInteger(users) || users < 1) return
      await insertDocuments(run, name, users)
      // the server connects meanwhile; it creates those that it finds missing itself
      createIndexes(run, name).catch(console.error)
    }
  })
}
