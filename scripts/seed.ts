import { parseArgs } from 'node:util'
import { buildApplication, runCommand } from './application.ts'
import { UsageError } from './usage-error.ts'
import { createProgress } from './progress.ts'

const DEFAULT_USERS = '2000'
const MAX_USERS = 100_000_000

function readOptions () {
  const { values } = parseArgs({ options: { users: { type: 'string', default: DEFAULT_USERS }, drop: { type: 'boolean', default: false } } })
  const users = Number(values.users)
  if (!/^[0-9]+$/.test(values.users) || users < 1 || users > MAX_USERS) {
    throw new UsageError(`--users must be a whole number from 1 to ${MAX_USERS}, not '${values.users}'`)
  }
  return { users, drop: values.drop }
}

/**
 * npm run seed -- --users N    fills the database of `MONGODB_URI` with demo data of N users, 2000 by default
 *                 --drop       removes the database's data first; without it, a database that has users is refused
 * Demo users have a public password, so production is refused.
 */
async function seed (): Promise<number> {
  const { users, drop } = readOptions()
  const fastify = await buildApplication({})
  try {
    if (fastify.config.NODE_ENV === 'production') throw new UsageError('Demo data is refused in production')
    if (drop) await fastify.mongo.db?.dropDatabase()
    if (!await fastify.demoData.isEmpty()) throw new UsageError('The database has users; --drop removes all its data first')

    // now the indexes are created
    await fastify.ready()
    const progress = createProgress(process.stderr, () => performance.now())
    const startedAt = performance.now()
    const documents = await fastify.demoData.seed({ users, onProgress: progress.update }).finally(progress.end)
    console.log(`${documents} documents in ${((performance.now() - startedAt) / 1000).toFixed(1)} s, ${fastify.databaseAddress}`)
    return 0
  } finally {
    await fastify.close()
  }
}

await runCommand(seed)
