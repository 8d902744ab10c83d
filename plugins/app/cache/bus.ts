import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { CHANNEL } from './redis-tier.ts'

/** How long the start waits for the channel of a Redis that is there. */
const START_LIMIT_MS = 1000

interface Options {
  sender: string
  onInvalidated: (tags: string[]) => void
  /** The channel is open (again): anything may have been invalidated before. */
  onOpen: () => void
}

/** Listens for invalidations of other processes on a connection of its own; they arrive within milliseconds. */
export async function openBus (redis: Redis, { sender, onInvalidated, onOpen }: Options): Promise<{ close: () => void }> {
  const subscriber = redis.duplicate({ autoResubscribe: false })
  // the connection for commands tells when Redis is away
  subscriber.on('error', () => {})
  subscriber.on('message', (_channel: string, message: string) => {
    const [from, ...tags] = JSON.parse(message) as string[]
    if (from !== sender) onInvalidated(tags)
  })
  subscriber.on('ready', () => {
    subscriber.subscribe(CHANNEL).then(() => { subscriber.emit('open') }, () => { subscriber.disconnect(true) })
  })
  subscriber.on('open', onOpen)

  if (redis.status === 'ready') {
    const limit = new AbortController()
    await Promise.race([once(subscriber, 'open', limit), delay(START_LIMIT_MS, undefined, limit)])
    limit.abort()
  }
  return { close: () => { subscriber.disconnect() } }
}
