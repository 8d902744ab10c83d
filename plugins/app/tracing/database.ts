import { SpanKind, SpanStatusCode, type Span, type Tracer } from '@opentelemetry/api'
import { LRUCache } from 'lru-cache'
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent, MongoClient } from 'mongodb'
import { isTraced } from './parent.ts'

/** Above the largest number of connections anyone would configure; of more, the oldest got lost with their connection. */
const MAX_STARTED = 2000

/** The collection of a command, not what it asks of it: values are nobody's business. */
function collectionOf ({ command, commandName }: CommandStartedEvent): string | undefined {
  const { [commandName]: named, collection } = command as Record<string, unknown>
  return [named, collection].find((name) => typeof name === 'string')
}

function describe (event: CommandStartedEvent) {
  const { address, commandName, databaseName } = event
  const collection = collectionOf(event)
  return {
    name: [commandName, collection ?? databaseName].join(' '),
    attributes: {
      'db.system.name': 'mongodb',
      'db.namespace': databaseName,
      'db.operation.name': commandName,
      ...(collection !== undefined && { 'db.collection.name': collection }),
      'server.address': address.replace(/:\d+$/, ''),
      'server.port': Number(/\d+$/.exec(address)?.[0])
    }
  }
}

/** A span for each command of the driver in a trace, by its monitoring events; answers how to end that. */
export function watchDatabase (tracer: Tracer, client: MongoClient): () => void {
  const started = new LRUCache<number, Span>({ max: MAX_STARTED })

  function onStarted (event: CommandStartedEvent): void {
    if (!isTraced()) return
    const { name, attributes } = describe(event)
    started.set(event.requestId, tracer.startSpan(name, { attributes, kind: SpanKind.CLIENT }))
  }

  function onEnded (event: CommandSucceededEvent | CommandFailedEvent): void {
    const span = started.get(event.requestId)
    started.delete(event.requestId)
    if ('failure' in event) span?.setAttribute('error.type', event.failure.name).setStatus({ code: SpanStatusCode.ERROR })
    span?.end()
  }

  client.on('commandStarted', onStarted).on('commandSucceeded', onEnded).on('commandFailed', onEnded)
  return () => { client.off('commandStarted', onStarted).off('commandSucceeded', onEnded).off('commandFailed', onEnded) }
}
