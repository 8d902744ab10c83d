import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { buildCache, buildDatabaseCache, createLoad, PATIENT } from '../../../caches.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

/** A cache of one tagged value on an instance. */
function define ({ cache }: FastifyInstance, load: ReturnType<typeof createLoad<string>>, isDear = false) {
  return cache.define({ name: 'values', ttlMs: 60_000, isDear, tags: () => ['a'], load: load.run })
}

/** Resolves as soon as a read answers what it should. */
async function until (read: () => Promise<string>, wanted: string): Promise<void> {
  while (await read() !== wanted) await new Promise(setImmediate)
}

t.test('after an invalidation a get loads anew, though an older load is under way, and only the newer one is kept', async (t) => {
  const fastify = await buildCache(t)
  const load = createLoad('old')
  const values = define(fastify, load)
  const release = load.hold()
  const early = values.get()
  while (load.calls < 1) await new Promise(setImmediate)
  load.value = 'new'
  load.gate = Promise.resolve()
  await fastify.cache.invalidate(['a'])

  t.equal(await values.get(), 'new')
  release()
  t.equal(await early, 'old', 'who asked before gets what was current then')
  t.equal(await values.get(), 'new')
  t.equal(load.calls, 2)
})

t.test('a refresh that an invalidation overtakes is not kept', async (t) => {
  const fastify = await buildCache(t)
  const load = createLoad('old')
  const values = define(fastify, load)
  const release = load.hold()
  const early = values.refresh()
  while (load.calls < 1) await new Promise(setImmediate)
  await fastify.cache.invalidate(['a'])
  load.value = 'new'
  release()
  await early
  t.equal(await values.get(), 'new')
})

/** What must hold on two instances that share a tier. */
async function fencesHold (t: Test, one: FastifyInstance, other: FastifyInstance, isDear: boolean) {
  const load = createLoad('old')
  const [here, there] = [define(one, load, isDear), define(other, load, isDear)]

  await t.test('a load that an invalidation of its own process overtakes is stored nowhere', async (t) => {
    const release = load.hold()
    const early = here.get()
    while (load.calls < 1) await new Promise(setImmediate)
    await one.cache.invalidate(['a'])
    load.value = 'new'
    release()
    t.equal(await early, 'old')
    t.equal(await here.get(), 'new')
    t.equal(await there.get(), 'new')
    t.equal(load.calls, 2)
  })

  await t.test('a load that an invalidation of another process overtakes is read by nobody else', async (t) => {
    await one.cache.invalidate(['a'])
    load.value = 'older'
    const release = load.hold()
    const early = here.get()
    while (load.calls < 3) await new Promise(setImmediate)
    await other.cache.invalidate(['a'])
    load.value = 'newer'
    load.gate = Promise.resolve()
    t.equal(await there.get(), 'newer', 'nor does it wait for the older load')
    release()
    t.equal(await early, 'older')
    t.equal(await there.get(), 'newer')
  })
}

t.test('fences hold through Redis', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const env = { ...PATIENT, REDIS_URL: url }
  const [one, other] = [await buildCache(t, env), await buildCache(t, env)]
  await fencesHold(t, one, other, false)

  await t.test('an invalidation reaches the memory of every instance', async (t) => {
    const load = createLoad('old')
    const caches = [one, other].map(({ cache }) => cache.define({ name: 'told', ttlMs: 60_000, tags: () => ['b'], load: load.run }))
    await Promise.all(caches.map((values) => values.get()))
    load.value = 'new'
    await one.cache.invalidate(['b'])
    const started = performance.now()
    await until(() => caches[1]?.get() ?? Promise.resolve(''), 'new')
    t.ok(performance.now() - started < 1000, 'typically a few milliseconds')
    t.match(await other.metrics.getSingleMetricAsString('cache_invalidated_tags_total'), /source="other"\} [1-9]/)
  })

  await t.test('messages of strangers are no invalidations and harm nobody', async (t) => {
    const before = other.cache.clock.now()
    for (const message of ['nonsense', '{}', '[]', '["x"]', '[1, 2]', 'null']) await one.redis?.publish('cache:invalidations', message)
    await one.cache.invalidate(['c'])
    while (other.cache.clock.isCurrent(['c'], before)) await new Promise(setImmediate)
    t.equal(other.cache.clock.now(), before + 1)
  })

  await t.test('an entry that was damaged in Redis is loaded again and replaced', async (t) => {
    const load = createLoad('value')
    const [here, there] = [one, other].map(({ cache }) => cache.define({ name: 'damaged', ttlMs: 60_000, load: load.run }))
    await one.redis?.set('cache:entry:damaged:[]', 'nonsense')
    t.equal(await here?.get(), 'value')
    while (await one.redis?.get('cache:entry:damaged:[]') === 'nonsense') await new Promise(setImmediate)
    t.equal(await there?.get(), 'value')
    t.equal(load.calls, 1)
  })
})

t.test('fences hold through the database', async (t) => {
  const [one, other] = [await buildDatabaseCache(t), await buildDatabaseCache(t)]
  const shared = process.env.MONGODB_URI ? other : await buildDatabaseCache(t, { MONGODB_URI: one.databaseAddress })
  await fencesHold(t, one, shared, true)
})

t.test('a shared tier that could not be told of an invalidation is not asked', async (t) => {
  let reads = 0
  const entries = {
    find () { reads += 1; return { toArray: async () => [] } },
    findOneAndUpdate: async () => null,
    async updateOne () { throw new Error('away') },
    deleteOne: async () => ({})
  }
  const fastify = await buildCache(t, {}, entries)
  const load = createLoad('old')
  const values = define(fastify, load, true)
  await fastify.cache.invalidate(['a'])
  t.equal(await values.get(), 'old')
  load.value = 'new'
  t.equal(await values.refresh(), 'new')
  t.equal(await values.get(), 'new')
  t.equal(reads, 0)
})

t.test('a get during the invalidation does not bring back what the shared tier still has', async (t) => {
  const fastify = await buildDatabaseCache(t)
  const load = createLoad('old')
  const values = define(fastify, load, true)
  await values.get()
  load.value = 'new'
  const told = fastify.cache.invalidate(['a'])
  const during = await values.get()
  await told
  t.equal(during, 'new')
  t.equal(await values.get(), 'new')
})
