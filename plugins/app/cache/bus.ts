import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { CHANNEL } from './redis-tier.ts'

/** How long the start waits for the channel of a Redis that is there. */
const START_LIMIT_MS = 1000
/** Pause between two signs of life: without an answer the connection counts as broken, as every one of ours does. */
const PING_MS = 1000

interface Options {
  sender: string
  onInvalidated: (tags: string[]) => void
  /** The channel is open (again): anything may have been invalidated before. */
  onOpen: () => Promise<void>
}

/** Sender and tags of a message, or nothing: anybody may publish, and what is not understood is not ours. */
function parse (message: string): string[] {
  try {
    const parts: unknown = JSON.parse(message)
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : []
  } catch {
    return []
  }
}

/** Listens for invalidations of other processes on a connection of its own; they arrive within milliseconds. */
export async function openBus (redis: Redis, { sender, onInvalidated, onOpen }: Options): Promise<{ close: () => void }> {
  const subscriber = redis.duplicate({ autoResubscribe: false })
  // the connection for commands tells when Redis is away
  subscriber.on('error', () => {})
  subscriber.on('message', (_channel: string, message: string) => {
    const [from, ...tags] = parse(message)
    if (from !== sender && tags.length > 0) onInvalidated(tags)
  })
  subscriber.on('ready', () => {
    subscriber.subscribe(CHANNEL).then(() => { subscriber.emit('open') }, () => { subscriber.disconnect(true) })
  })
  subscriber.on('open', onOpen)
  const timer = setInterval(() => { subscriber.ping().catch(() => {}) }, PING_MS).unref()

  if (redis.status === 'ready') {
    const limit = new AbortController()
    await Promise.race([once(subscriber, 'open', limit), delay(START_LIMIT_MS, undefined, limit)]).catch(() => {})
    limit.abort()
  }
  return {
    close () {
      clearInterval(timer)
      subscriber.disconnect()
    }
  }
}
