import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../app.ts'
import type { Environment } from '../schemas/config.ts'
import { UsageError } from './usage-error.ts'

/** Commands also run where sources are compiled as they load, on busy machines. */
const PLUGIN_TIMEOUT_MS = 60_000

/** The application with all its decorators, listening nowhere, on the database that `MONGODB_URI` names. */
export async function buildApplication (env: Environment): Promise<FastifyInstance> {
  // @fastify/autoload does not recognise every loader that runs the sources as they are
  if (import.meta.filename.endsWith('.ts')) process.env.FASTIFY_AUTOLOAD_TYPESCRIPT = '1'
  // the log belongs to the server; a command prints what it does
  const fastify = Fastify({ ...options, logger: false, pluginTimeout: PLUGIN_TIMEOUT_MS })
  try {
    await fastify.register(fp(app), { env: { MONGODB_MIN_POOL_SIZE: 0, JOBS_CONCURRENCY: 0, METRICS_PORT: 0, DEMO_USERS: 0, ...env } })
    if (fastify.config.MONGODB_URI === '') throw new UsageError('MONGODB_URI is not set: the embedded database would end with this command')
    // a server goes on without a database that is late, a command says why there is none
    await fastify.mongo.client.connect()
    return fastify
  } catch (error) {
    await fastify.close()
    throw error
  }
}

/** Runs a command to its exit code, which is 1 for a failure and 2 for wrong usage, as `diff` and `grep` do. */
export async function runCommand (command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command()
  } catch (error) {
    const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = isUsage ? 2 : 1
  }
}
