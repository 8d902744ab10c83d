import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent } from 'mongodb'
import { Counter } from 'prom-client'
import { shapeOfCommand } from './shape.ts'
import { createStartedCommands } from './started-commands.ts'

/** Above the largest number of connections anyone would configure, thus of commands at work. */
const MAX_STARTED = 2000
const MAX_COLLECTIONS = 50
const MAX_OPERATIONS = 40
const NO_COLLECTION = 'none'

type Context = ReturnType<FastifyInstance['requestContext']['get']>
type EndedEvent = CommandSucceededEvent | CommandFailedEvent

interface SlowCommand {
  command: Record<string, unknown>
  commandName: string
  milliseconds: number
  context: Context
}

/** `find` and its like name their collection as their own value, `getMore` in a field. */
function collectionOf (command: Record<string, unknown>, commandName: string): string {
  const name = commandName === 'getMore' ? command.collection : command[commandName]
  return typeof name === 'string' ? name : NO_COLLECTION
}

function createReport ({ log, metrics, boundedLabels }: FastifyInstance) {
  const collections = boundedLabels(MAX_COLLECTIONS)
  const operations = boundedLabels(MAX_OPERATIONS)
  const slowQueries = new Counter({
    name: 'slow_queries_total',
    help: 'Database commands that took longer than SLOW_QUERY_MS',
    labelNames: ['collection', 'operation'],
    registers: [metrics]
  })

  return function report ({ command, commandName, milliseconds, context }: SlowCommand): void {
    const collection = collectionOf(command, commandName)
    slowQueries.inc({ collection: collections(collection), operation: operations(commandName) })
    log.warn({
      collection,
      operation: commandName,
      duration_ms: milliseconds,
      shape: shapeOfCommand(command, commandName),
      reqId: context?.requestId,
      request: context?.operation
    }, 'slow query')
  }
}

function watch (fastify: FastifyInstance): void {
  const { config, mongo: { client }, requestContext } = fastify
  const report = createReport(fastify)
  const started = createStartedCommands<{ command: Record<string, unknown>, context: Context }>(MAX_STARTED)

  function onStarted ({ requestId, command }: CommandStartedEvent): void {
    started.add(requestId, { command, context: requestContext.get() })
  }

  function onEnded ({ requestId, commandName, duration }: EndedEvent): void {
    const begun = started.take(requestId)
    if (begun === undefined || duration <= config.SLOW_QUERY_MS) return
    report({ ...begun, commandName, milliseconds: duration })
  }

  client.on('commandStarted', onStarted).on('commandSucceeded', onEnded).on('commandFailed', onEnded)
  fastify.addHook('onClose', async () => {
    client.off('commandStarted', onStarted).off('commandSucceeded', onEnded).off('commandFailed', onEnded)
  })
}

/**
 * Optimization 7: logs and counts the database commands above `SLOW_QUERY_MS`, with their shape and without their
 * values. It only listens: no command fails or waits through it.
 */
export default fp(async function slowQueryLog (fastify) {
  if (fastify.optimizationIsOn('slow-query-log')) watch(fastify)
}, { name: 'slow-query-log', dependencies: ['config', 'metrics', 'mongodb', 'request-context'] })
