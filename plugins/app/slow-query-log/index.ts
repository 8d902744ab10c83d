import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent } from 'mongodb'
import { Counter } from 'prom-client'
import type { SlowQueryDocument } from '../../../schemas/slow-queries.ts'
import { createExplaining } from './explaining.ts'
import { COLLECTION, createRecording } from './recording.ts'
import { createReport, type SentCommand } from './report.ts'
import { createStartedCommands } from './started-commands.ts'

declare module 'fastify' {
  interface FastifyInstance {
    slowQueryLog: {
      /** The recorded shapes, those that took the most time first, up to `limit`; there are about a thousand at most, of some 12 KB. */
      recorded: (limit?: number) => Promise<SlowQueryDocument[]>
    }
  }
}

/** Above the largest number of connections anyone would configure, thus of commands at work. */
const MAX_STARTED = 2000
/** A slow query that comes alone is recorded so soon; where more come, batches are so far apart. */
const RECORD_SOON_MS = 250
const RECORD_INTERVAL_MS = 5000

type EndedEvent = CommandSucceededEvent | CommandFailedEvent

function createParts ({ metrics, mongo: { client, db } }: FastifyInstance) {
  const plans = new Counter({
    name: 'slow_query_plans_total',
    help: 'Plans of slow queries that were asked for: explained, failed, or dropped since too many waited',
    labelNames: ['outcome'],
    registers: [metrics]
  })
  const dropped = new Counter({
    name: 'slow_query_records_dropped_total',
    help: 'Records of slow queries that were not kept for npm run advise: the database was away, or there were too many shapes',
    registers: [metrics]
  })
  const explaining = createExplaining({
    run: (database, command, options) => client.db(database).command(command, options),
    count: (outcome) => { plans.inc({ outcome }) }
  })
  const recording = createRecording({
    run: (command, options) => client.db(db?.databaseName).command(command, options),
    drop: (records) => { dropped.inc(records) },
    soonMs: RECORD_SOON_MS,
    intervalMs: RECORD_INTERVAL_MS
  })
  return { explaining, recording }
}

function watch (fastify: FastifyInstance): void {
  const { config, mongo: { client }, requestContext } = fastify
  const { explaining, recording } = createParts(fastify)
  const report = createReport(fastify, explaining, recording)
  const started = createStartedCommands<SentCommand>(MAX_STARTED)

  function onStarted ({ requestId, command }: CommandStartedEvent): void {
    started.add(requestId, { command, context: requestContext.get() })
  }

  function onEnded ({ requestId, commandName, duration }: EndedEvent): void {
    const begun = started.take(requestId)
    if (begun === undefined || duration <= config.SLOW_QUERY_MS) return
    report({ ...begun, commandName, milliseconds: duration })
  }

  client.on('commandStarted', onStarted).on('commandSucceeded', onEnded).on('commandFailed', onEnded)
  // the database is still there
  fastify.addHook('preClose', async () => {
    await explaining.stop()
    await recording.stop()
  })
  fastify.addHook('onClose', async () => {
    client.off('commandStarted', onStarted).off('commandSucceeded', onEnded).off('commandFailed', onEnded)
  })
}

/**
 * Optimization 7: logs and counts the database commands above `SLOW_QUERY_MS`, with their shape and without their values; of the
 * batches of one cursor, the first. In the background it has each shape of a read explained, and keeps all of them in
 * `slow_queries` for `npm run advise`. It fails open: no command fails or waits through it, and what cannot be kept is dropped.
 */
export default fp(async function slowQueryLog (fastify) {
  const { documents, optimizationIsOn } = fastify
  const records = documents.collection<SlowQueryDocument>(COLLECTION)
  fastify.decorate('slowQueryLog', {
    recorded: (limit = 0) => records.find().sort({ total_ms: -1 }).limit(limit).toArray()
  })
  if (optimizationIsOn('slow-query-log')) watch(fastify)
}, { name: 'slow-query-log', dependencies: ['config', 'documents', 'metrics', 'mongodb', 'request-context'] })
