import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { SharedTier } from './shared-tier.ts'

/** An entry that outlives the versions of its tags is not read any more. */
const TAG_LIFE_MS = 7_200_000

const entryKey = (key: string): string => `cache:entry:${key}`
const tagKey = (tag: string): string => `cache:tag:${tag}`
const lockKey = (name: string): string => `cache:lock:${name}`

/** Where invalidations are told to other processes; a message is a JSON array of tags, after the sender's name. */
export const CHANNEL = 'cache:invalidations'

/** Takes the lock, or prolongs it for whoever has it. */
const CLAIM = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

/**
 * The shared tier in Redis 7 or newer. Commands name one key each, so that a cluster takes them too, and go out together.
 * `sender` is how this process knows its own messages.
 */
export function createRedisTier (redis: Redis, sender: string): SharedTier {
  async function versionOf (tag: string): Promise<[string, string]> {
    const known = await redis.get(tagKey(tag))
    if (known !== null) return [tag, known]
    const version = randomUUID()
    return [tag, await redis.set(tagKey(tag), version, 'PX', TAG_LIFE_MS, 'NX', 'GET') ?? version]
  }

  return {
    async read (key, tags) {
      const [stored, ...versions] = await Promise.all([redis.getBuffer(entryKey(key)), ...tags.map(versionOf)])
      return { stored, versions: Object.fromEntries(versions) }
    },

    async write (key, stored, lifeMs) {
      await redis.set(entryKey(key), Buffer.from(stored), 'PX', lifeMs)
    },

    async invalidate (tags) {
      await Promise.all(tags.map((tag) => redis.set(tagKey(tag), randomUUID(), 'PX', TAG_LIFE_MS)))
      // whoever hears it reads the new versions
      await redis.publish(CHANNEL, JSON.stringify([sender, ...tags]))
    },

    async claim (name, owner, lifeMs) {
      return await redis.eval(CLAIM, 1, lockKey(name), owner, lifeMs) === 1
    },

    async release (name, owner) {
      await redis.eval(RELEASE, 1, lockKey(name), owner)
    }
  }
}
