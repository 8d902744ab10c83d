import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Account } from './account.ts'
import type { Spent } from './sliding-window.ts'

/** An instance that has not been heard of for so long has no share any more. */
const INSTANCE_LIFE_MS = 3000
const HEARTBEAT_MS = 500
/** Longest wait for Redis; then limits go on locally until a heartbeat is answered. */
const TIMEOUT_MS = 200
/** The wait is in parts: of a pause of this process, in which no answer can be read, only one part counts. */
const PARTS = 4
const INSTANCES = 'rate-limits:instances'

/** Instances that are alive, this one included. Time is that of Redis, the same for all. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])`

/**
 * Takes back a lease, adds what was spent beside it, and leases units if at least the wanted minimum is left of the budget.
 * An account has a life of its own each time it is made: one that the instance has not met, since Redis forgot the one
 * before, hears of all that was spent at the instance. Arguments: window in ms, quota, least and most units, units given
 * back, unreported ones, own ones of this window and the one before, and the life that the instance knows.
 */
const LEASE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, quota, least, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local index = math.floor(now / window)
local stored = redis.call('HMGET', KEYS[1], 'index', 'current', 'previous', 'life')
local life = stored[4] or (time[1] .. '.' .. time[2])
local current, previous, age = tonumber(stored[2] or 0), tonumber(stored[3] or 0), index - (stored[1] or index)
if age == 1 then current, previous = 0, current elseif age ~= 0 then current, previous = 0, 0 end
if life == ARGV[9] then
  local back = tonumber(ARGV[5])
  local rest = math.max(0, back - current)
  current, previous = math.max(0, current - back) + tonumber(ARGV[6]), math.max(0, previous - rest)
else
  current, previous = current + tonumber(ARGV[7]), previous + tonumber(ARGV[8])
end
local left = math.floor(quota - current - previous * (1 - (now % window) / window))
local granted = 0
if left >= least then granted = math.min(most, left) end
current = current + granted
redis.call('HSET', KEYS[1], 'index', index, 'current', current, 'previous', previous, 'life', life)
redis.call('PEXPIRE', KEYS[1], 2 * window)
return { granted, index, current, previous, life }`

export interface Wish {
  quota: number
  /** Least units that help, and most. */
  least: number
  most: number
  /** Units of the lease that are given back. */
  back: number
}

export interface Lease {
  granted: number
  /** What is counted now, with the units granted. */
  counted: Spent
  life: string
}

interface Options {
  windowMs: number
  onAway: (error: unknown) => void
  onBack: () => void
}

/** Resolves as `answer` does, or rejects after `TIMEOUT_MS`; for each request that asks, so without an abort, whose error costs more than the question. */
async function inTime<T> (answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expire = new Promise<never>((_resolve, reject) => {
    const wait = (parts: number): void => {
      if (parts === 0) reject(new Error(`Redis gave no answer within ${TIMEOUT_MS} ms`))
      else timer = setTimeout(wait, TIMEOUT_MS / PARTS, parts - 1)
    }
    wait(PARTS)
  })
  try {
    return await Promise.race([answer, expire])
  } finally {
    clearTimeout(timer)
  }
}

/** The budgets that all instances share, in Redis. While it is away nothing is asked of it but heartbeats. */
export function createFleet (redis: Redis, { windowMs, onAway, onBack }: Options) {
  const id = randomUUID()
  const stopping = new AbortController()
  const state = { isAway: false, instances: 1, calls: 0 }

  function leave (error: unknown): void {
    if (!state.isAway) onAway(error)
    state.isAway = true
  }

  async function beat (): Promise<void> {
    try {
      state.instances = Number(await inTime(redis.eval(BEAT, 1, INSTANCES, id, INSTANCE_LIFE_MS)))
      if (state.isAway) onBack()
      state.isAway = false
    } catch (error) {
      leave(error)
    }
  }

  async function beatOn (): Promise<void> {
    // the pause is over when it ends, or the fleet is left
    while (await delay(HEARTBEAT_MS, true, { ref: false, signal: stopping.signal }).catch(() => false)) await beat()
  }

  return {
    state,

    /** Begins to be one of the instances; resolves when they are counted for the first time. */
    async join (): Promise<void> {
      await beat()
      beatOn().catch(leave)
    },

    /** Asks for units; undefined if Redis is away. */
    async lease ({ key, own, unreported, life }: Account, { quota, least, most, back }: Wish): Promise<Lease | undefined> {
      state.calls += 1
      try {
        const parts = [windowMs, quota, least, most, back, unreported, own.current, own.previous, life]
        const [granted, index, current, previous, lives] = await inTime(redis.eval(LEASE, 1, `rate-limits:${key}`, ...parts)) as [number, number, number, number, string]
        return { granted, counted: { index, current, previous }, life: lives }
      } catch (error) {
        leave(error)
        return undefined
      }
    },

    /** Its share is free for the others at once. */
    async stop (): Promise<void> {
      stopping.abort()
      if (!state.isAway) await inTime(redis.zrem(INSTANCES, id)).catch(() => {})
    }
  }
}
export type Fleet = ReturnType<typeof createFleet>
