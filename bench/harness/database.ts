import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { MongoClient } from 'mongodb'
import app, { options } from '../../app.ts'
import type { Environment } from '../../schemas/config.ts'
import { nextMessage, startChild } from './children.ts'

/** One time for all databases of this run, so that their documents are the same. */
const NOW = new Date()
const PREFIX = `bench-${process.pid}-`

/** Address of the database to measure on: the one of the environment, or an embedded one in a process of its own. */
export async function findDatabase (): Promise<string> {
  return process.env.MONGODB_URI || await nextMessage<string>(startChild('database-child.ts', {}))
}

/** What the database calls itself, with its version. */
export async function nameEngine (): Promise<string> {
  if (!process.env.MONGODB_URI) return 'embedded'
  const client = await new MongoClient(process.env.MONGODB_URI).connect()
  const { version, gitVersion } = await client.db().admin().buildInfo()
  await client.close()
  return gitVersion === 'documentdb' ? `DocumentDB (MongoDB ${version})` : `MongoDB ${version}`
}

/** Fills the database of a variant and hands the application over, to make and to look up what a claim needs. */
export async function prepareDatabase<T> (env: Environment, users: number, use: (fastify: FastifyInstance) => Promise<T>): Promise<T> {
  const fastify = Fastify(options)
  await fastify.register(fp(app), { env: { ...env, DEMO_USERS: 0, LOG_LEVEL: 'warn' } })
  await fastify.ready()
  try {
    await fastify.indexes.ensure()
    await fastify.demoData.seed({ users, now: NOW })
    return await use(fastify)
  } finally {
    await fastify.close()
  }
}

/** Name of a database of this run alone. */
export function nameDatabase (name: string): string {
  return `${PREFIX}${name}`
}

/** Drops the databases of this run where they would outlive it. */
export async function dropDatabases (): Promise<void> {
  if (!process.env.MONGODB_URI) return
  const client = await new MongoClient(process.env.MONGODB_URI).connect()
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true })
  for (const { name } of databases.filter(({ name }) => name.startsWith(PREFIX))) await client.db(name).dropDatabase()
  await client.close()
}
