import t, { type Test } from 'tap'
import { buildInstance } from '../cache-warming/instance.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

async function buildNumbers (t: Test, env = {}) {
  const { fastify } = await buildInstance(t, { env })
  const loaded: number[] = []
  const numbers = fastify.cache.define({ name: 'numbers', ttlMs: 60_000, tags: (n: number) => [`number:${n}`], load: async (n: number) => { loaded.push(n); return n } })
  await fastify.ready()
  return { fastify, numbers, loaded }
}

t.test('everything is forgotten at once, also what is kept elsewhere by the same clock', async (t) => {
  const { fastify: { cache, metrics }, numbers, loaded } = await buildNumbers(t)
  await numbers.get(1)
  const since = cache.clock.now()
  await cache.invalidateAll('database')

  t.equal(cache.clock.isCurrent(['an answer'], since), false)
  t.equal(cache.clock.isCurrent(['an answer'], cache.clock.now()), true)
  await numbers.get(1)
  await numbers.get(1)
  t.strictSame(loaded, [1, 1])
  t.match(await metrics.metrics(), /^cache_invalidated_tags_total\{source="database"\} 1$/m)
})

t.test('in the fleet too: nobody takes from Redis what was stored before', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const [one, two] = [await buildNumbers(t, { REDIS_URL: url }), await buildNumbers(t, { REDIS_URL: url })]
  await one.numbers.get(1)
  await two.numbers.get(1)
  t.strictSame([one.loaded, two.loaded], [[1], []])

  const since = two.fastify.cache.clock.now()
  await one.fastify.cache.invalidateAll()
  while (two.fastify.cache.clock.isCurrent([], since)) await new Promise(setImmediate)
  await two.numbers.get(1)
  await one.numbers.get(1)
  t.equal(one.loaded.length + two.loaded.length, 2, 'loaded anew, once')
})
