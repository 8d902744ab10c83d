import { MongoClient, MongoServerError, type Collection, type Db, type Document, type MongoClientOptions } from 'mongodb'
import type { Test } from 'tap'
import { startEmbeddedDatabase, type EmbeddedDatabaseOptions } from '../../embedded/index.ts'

export interface Opened { uri: string, client: MongoClient, db: Db, things: Collection }

/** A client of the database at an address, closed when the test ends. */
export async function connect (t: Test, uri: string, options: MongoClientOptions = {}): Promise<MongoClient> {
  const client = await MongoClient.connect(uri, options)
  t.teardown(() => client.close())
  return client
}

/** A new embedded database with a client, both gone when the test ends. */
export async function open (t: Test, options: EmbeddedDatabaseOptions & { client?: MongoClientOptions } = {}): Promise<Opened> {
  const { uri, close } = await startEmbeddedDatabase(options)
  t.teardown(close)
  const client = await connect(t, uri, options.client)
  const db = client.db('test')
  return { uri, client, db, things: db.collection('things') }
}

/** What an operation failed with, or its first statement. */
export async function errorOf (operation: Promise<unknown>): Promise<MongoServerError> {
  try {
    const reply = await operation as Document | null
    if (reply?.writeErrors) return reply.writeErrors[0] as MongoServerError
  } catch (error) {
    if (error instanceof MongoServerError) return error
    throw error
  }
  throw new Error('the operation should have failed')
}

export const codeOf = async (operation: Promise<unknown>): Promise<number> => Number((await errorOf(operation)).code)
