import type { FastifyBaseLogger } from 'fastify'
import { Redis, type RedisOptions } from 'ioredis'

/** Longest pause between two attempts to connect, in ms. */
const MAX_RECONNECT_MS = 1000
const RECONNECT_STEP_MS = 100
/** A short command that gets no answer for so long is given up with its connection. */
const COMMAND_LIMIT_MS = 2000
/** Longer than a worker waits for news in one command. */
const WAITING_LIMIT_MS = 15_000

/** Connections of the queue's own: those of workers wait in a command, which must be sent again however often it is cut. */
export function createConnections (url: string, log: FastifyBaseLogger) {
  let isAway = false
  function connect (options: RedisOptions): Redis {
    const client = new Redis(url, { ...options, retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, MAX_RECONNECT_MS) })
    client.on('error', (err: Error) => {
      if (!isAway) log.warn({ err }, 'the Redis of the queue is away: jobs are done from the outbox')
      isAway = true
    })
    client.on('ready', () => {
      if (isAway) log.info('the Redis of the queue is back')
      isAway = false
    })
    return client
  }

  return {
    // a command that waits for Redis to return would keep the outbox waiting
    commands: connect({ maxRetriesPerRequest: 1, enableOfflineQueue: false, socketTimeout: COMMAND_LIMIT_MS }),
    waiting: connect({ maxRetriesPerRequest: null, socketTimeout: WAITING_LIMIT_MS })
  }
}

/** A queue must lose nothing: says so where Redis would, when its memory is full. */
export async function checkPolicy (client: Redis, log: FastifyBaseLogger): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await client.info('memory'))?.[1]
  if (policy !== 'noeviction') log.warn({ policy }, 'the Redis of the queue may evict jobs: set its maxmemory-policy to noeviction, or give the queue one of its own by QUEUE_REDIS_URL')
}
