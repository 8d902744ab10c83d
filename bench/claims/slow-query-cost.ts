import Fastify from 'fastify'
import type { CommandStartedEvent, CommandSucceededEvent } from 'mongodb'
import documents from '../../plugins/app/documents.ts'
import metrics from '../../plugins/app/metrics/index.ts'
import requestContext from '../../plugins/app/request-context.ts'
import slowQueryLog from '../../plugins/app/slow-query-log/index.ts'
import config from '../../plugins/external/config.ts'
import mongodb from '../../plugins/external/mongodb.ts'
import type { CallClaim, CallVariant } from '../harness/claim.ts'

const QUICK_MS = 1
const COMMAND = { find: 'users', filter: { user_id: 7, created_at: { $lt: new Date(0) } }, sort: new Map([['created_at', -1]]), limit: 21, $db: 'sahm' }

/** What the driver tells of a command, to a server with the log or without. */
async function buildVariant (name: string, off: string): Promise<CallVariant> {
  const fastify = Fastify()
  await fastify.register(config, { env: { NODE_ENV: 'test', LOG_LEVEL: 'silent', MONGODB_MIN_POOL_SIZE: 0, OPTIMIZATIONS_OFF: off } })
  for (const plugin of [mongodb, documents, metrics, requestContext, slowQueryLog]) await fastify.register(plugin)
  const { client } = fastify.mongo
  // as far as the log reads them
  const started: Partial<CommandStartedEvent> = { requestId: -1, commandName: 'find', command: COMMAND }
  const succeeded: Partial<CommandSucceededEvent> = { requestId: -1, commandName: 'find', duration: QUICK_MS }
  return {
    name,
    close: () => fastify.close(),
    call () {
      client.emit('commandStarted', started as CommandStartedEvent)
      client.emit('commandSucceeded', succeeded as CommandSucceededEvent)
    }
  }
}

const claim: CallClaim = {
  kind: 'calls',
  question: 'What does the slow-query log add to a quick command?',
  build: async () => [await buildVariant('without', 'slow-query-log'), await buildVariant('with', '')]
}
export default claim
