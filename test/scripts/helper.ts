import { MongoClient } from 'mongodb'
import type { Test } from 'tap'
import { startEmbeddedDatabase } from '../../embedded/index.ts'
import { databaseName, dropDatabase } from '../helper.ts'
import { run } from '../process.ts'

interface Result {
  code: number | null
  output: string
}

/** A database of the test's own, and functions that run one of our scripts on it, to its end or not. */
export async function prepareCommands (t: Test, name: 'advise/index' | 'indexes' | 'migrate' | 'reconcile' | 'seed') {
  const embedded = process.env.MONGODB_URI ? undefined : await startEmbeddedDatabase()
  const uri = process.env.MONGODB_URI || (embedded?.uri ?? '')
  const client = await MongoClient.connect(uri)
  const db = client.db(databaseName())
  t.teardown(async () => {
    await dropDatabase(db)
    await client.close()
    await embedded?.close()
  })
  const env = { MONGODB_URI: uri, MONGODB_DATABASE: databaseName() }
  const start = (args: string[], changes: NodeJS.ProcessEnv = {}) => run(t, [`scripts/${name}.ts`, ...args], { ...env, ...changes })
  const command = async (args: string[], changes: NodeJS.ProcessEnv = {}): Promise<Result> => {
    const running = start(args, changes)
    return { code: await running.exited, output: running.output() }
  }
  return { db, command, start }
}
