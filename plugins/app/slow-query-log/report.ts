import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import { Counter } from 'prom-client'
import { explainable } from './explainable.ts'
import type { Explaining } from './explaining.ts'
import { identify, type SlowQuery } from './query.ts'
import { COLLECTION, type Recording } from './recording.ts'
import { shapeOfCommand } from './shape.ts'

const MAX_COLLECTIONS = 50
const MAX_OPERATIONS = 40
const MAX_REQUESTS = 500
const NO_COLLECTION = 'none'
/** Of commands that look for nothing, such as inserts and later batches: no index makes them quicker. */
const NO_SHAPE = '{}'
/** Cursors of which a line was logged; of an export, each batch may be slow. */
const MAX_CURSORS = 1000

type Context = ReturnType<FastifyInstance['requestContext']['get']>

/** A command as it was sent, and for whom. */
export interface SentCommand {
  command: Record<string, unknown>
  context: Context
}

interface SlowCommand extends SentCommand {
  commandName: string
  milliseconds: number
}

/** `find` and its like name their collection as their own value, `getMore` in a field. */
function collectionOf (command: Record<string, unknown>, commandName: string): string {
  const name = commandName === 'getMore' ? command.collection : command[commandName]
  return typeof name === 'string' ? name : NO_COLLECTION
}

/** The wait of a change stream for the next change, which takes as long as it was told to. */
const isWait = (command: Record<string, unknown>, commandName: string): boolean => commandName === 'getMore' && command.maxTimeMS !== undefined

/** What this log asks itself; were it told of, each line would lead to the next. */
const isOwn = (collection: string, commandName: string): boolean => commandName === 'explain' || collection === COLLECTION

/** Whether something is seen for the first time, among the last so many. */
function createNovelty (max: number) {
  const known = new LRUCache<string, true>({ max })
  return function isNew (name: string): boolean {
    const isKnown = known.has(name)
    known.set(name, true)
    return !isKnown
  }
}

/** Counts, logs and records slow commands, and has them explained. */
export function createReport ({ log, metrics, boundedLabels }: FastifyInstance, explaining: Explaining, recording: Recording) {
  const collections = boundedLabels(MAX_COLLECTIONS)
  const operations = boundedLabels(MAX_OPERATIONS)
  // clients name their GraphQL operations as they like
  const requests = boundedLabels(MAX_REQUESTS)
  const isNewCursor = createNovelty(MAX_CURSORS)
  const slowQueries = new Counter({
    name: 'slow_queries_total',
    help: 'Database commands that took longer than SLOW_QUERY_MS',
    labelNames: ['collection', 'operation'],
    registers: [metrics]
  })

  /** Has a new shape explained; a line with its plan follows that of the query. */
  function explain (query: SlowQuery, { command, commandName }: SlowCommand, line: object): void {
    if (!explaining.isNew(query.id)) return
    const read = explainable(command, commandName)
    if (read === undefined) return
    explaining.add({
      id: query.id,
      database: String(command.$db),
      command: read,
      done (plan) {
        recording.setPlan(query, plan)
        log.warn({ ...line, plan }, 'slow query explained')
      }
    })
  }

  return function report (slow: SlowCommand): void {
    const { command, commandName, milliseconds, context } = slow
    const collection = collectionOf(command, commandName)
    if (isOwn(collection, commandName) || isWait(command, commandName)) return
    slowQueries.inc({ collection: collections(collection), operation: operations(commandName) })
    const shape = shapeOfCommand(command, commandName)
    const query = identify(collection, commandName, shape)
    if (query.shape !== NO_SHAPE) recording.add(query, milliseconds, context ? requests(context.operation) : undefined)
    if (commandName === 'getMore' && !isNewCursor(String(command.getMore))) return

    const line = { query: query.id, collection, operation: commandName, reqId: context?.requestId, trace_id: context?.traceId, request: context?.operation }
    log.warn({ ...line, duration_ms: milliseconds, shape, plan: explaining.planOf(query.id) }, 'slow query')
    explain(query, slow, line)
  }
}
