import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { FastifyInstance } from 'fastify'
import { buildCache, createLoad } from '../../../caches.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

/** A cache with a value in memory and others that nobody has asked for. */
function define ({ cache }: FastifyInstance) {
  const load = createLoad('old')
  const values = cache.define({ name: 'values', ttlMs: 600_000, tags: () => ['a'], load: async (_id: number) => await load.run() })
  return { load, values, invalidate: () => cache.invalidate(['a']) }
}
type Instance = ReturnType<typeof define>

/** Milliseconds that each of thirty gets waits, the middle of them and the longest; its load takes no time. */
async function waits ({ values }: Instance, firstId: number): Promise<{ middle: number, longest: number }> {
  const times: number[] = []
  for (let id = firstId; id < firstId + 30; id++) {
    const started = performance.now()
    await values.get(id)
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  return { middle: times[15] ?? NaN, longest: times[29] ?? NaN }
}

/** Resolves as soon as the instance reads what it should. */
async function until ({ values }: Instance, wanted: string): Promise<void> {
  while (await values.get(0) !== wanted) await delay(5)
}

/** Resolves as soon as an entry of the instance is in Redis again. */
async function untilShared (fastify: FastifyInstance, { values }: Instance, id: number): Promise<void> {
  while (await fastify.redis?.exists(`cache:entry:values:[${id}]`).catch(() => 0) !== 1) {
    await values.refresh(id)
    await delay(5)
  }
}

async function startTwo (t: Parameters<typeof buildCache>[0]) {
  const redis = await startRedis(t)
  const fastify = [await buildCache(t, { REDIS_URL: redis.url }), await buildCache(t, { REDIS_URL: redis.url })] as const
  const [one, other] = [define(fastify[0]), define(fastify[1])]
  await one.values.get(0)
  await other.values.get(0)
  return { redis, fastify, one, other }
}

t.test('while Redis hangs nobody waits for it, and what it missed it is told later', needsRedis, async (t) => {
  const { redis, one, other } = await startTwo(t)
  redis.pause()
  const { middle, longest } = await waits(one, 1)
  t.comment(`hanging: ${middle} ms in the middle, ${longest} ms at most`)
  t.ok(middle < 50)
  t.ok(longest < 500)
  t.equal(await other.values.get(0), 'old', 'memory goes on')

  for (const { load } of [one, other]) load.value = 'new'
  const started = performance.now()
  await one.invalidate()
  t.ok(performance.now() - started < 500)
  t.equal(await one.values.get(0), 'new', 'the process itself reads nothing stale')
  t.equal(await other.values.get(0), 'old', 'another one cannot know')
  redis.resume()
  t.equal(await one.values.get(0), 'new', 'though Redis does not know yet')
  await until(other, 'new')
})

t.test('while Redis is gone nobody waits for it, and it is used again when it is back', needsRedis, async (t) => {
  const { redis, fastify, one, other } = await startTwo(t)
  await redis.kill()
  const { middle, longest } = await waits(one, 1)
  t.comment(`gone: ${middle} ms in the middle, ${longest} ms at most`)
  t.ok(middle < 50)
  t.ok(longest < 500)
  t.equal(await other.values.get(0), 'old')
  for (const { load } of [one, other]) load.value = 'new'
  await one.invalidate()
  t.equal(await one.values.get(0), 'new')

  await redis.start()
  await until(other, 'new')
  await untilShared(fastify[0], one, 100)
  t.equal(await other.values.get(100), 'new')
  for (const { load } of [one, other]) load.value = 'newest'
  await one.invalidate()
  await until(other, 'newest')
  t.match(await fastify[0].metrics.getSingleMetricAsString('cache_shared_errors_total'), /total [1-9]/)
})

t.test('a start without Redis succeeds, and it is used when it comes', needsRedis, async (t) => {
  const redis = await startRedis(t)
  await redis.kill()
  const fastify = [await buildCache(t, { REDIS_URL: redis.url }), await buildCache(t, { REDIS_URL: redis.url })] as const
  const [one, other] = [define(fastify[0]), define(fastify[1])]
  t.equal(await one.values.get(0), 'old')
  t.equal(await other.values.get(0), 'old')

  await redis.start()
  await untilShared(fastify[0], one, 1)
  await untilShared(fastify[1], other, 2)
  for (const { load } of [one, other]) load.value = 'new'
  await one.invalidate()
  await until(other, 'new')
})
