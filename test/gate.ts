import type { Test } from 'tap'
import { openGate, type Gate } from '../bench/harness/gate.ts'
import { startEmbeddedDatabase } from '../embedded/index.ts'

/** Address of the database that tests use. */
export async function findDatabase (t: Test): Promise<string> {
  if (process.env.MONGODB_URI) return process.env.MONGODB_URI
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  await database.prepared
  return database.uri
}

/** A gate before that database. */
export async function startGate (t: Test): Promise<Gate> {
  const gate = await openGate(await findDatabase(t))
  t.teardown(() => { gate.close() })
  return gate
}
