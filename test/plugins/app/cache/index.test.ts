import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { buildApp } from '../../../helper.ts'
import { buildCache, buildDatabaseCache, createLoad } from '../../../caches.ts'

t.test('keys are what arguments are told apart by', async (t) => {
  const { cache } = await buildCache(t)
  const values = cache.define({ name: 'values', ttlMs: 1000, load: async (...args: Array<string | number | null>) => JSON.stringify(args) })

  for (const args of [[], [1], ['1'], [1, 2], ['1,2'], [null], ['a:b']]) t.equal(await values.get(...args), JSON.stringify(args))
  t.equal(await values.get(1), '[1]')
})

t.test('two caches cannot have one name', async (t) => {
  const { cache } = await buildCache(t)
  const definition = { name: 'values', ttlMs: 1000, load: async () => 1 }
  cache.define(definition)
  t.throws(() => cache.define(definition), { message: "There is a cache 'values' already" })
})

t.test('the keys that were asked for most can be read again, and those of caches that are gone are left out', async (t) => {
  const { cache } = await buildCache(t)
  const load = createLoad('value')
  const values = cache.define({ name: 'values', ttlMs: 60_000, tags: () => ['a'], load: async (_id: number) => await load.run() })
  for (const id of [1, 2, 2, 2, 1, 3]) await values.get(id)

  const hottest = cache.hottest(2)
  t.strictSame(hottest, ['values:[2]', 'values:[1]'])
  await cache.invalidate(['a'])
  await cache.warm([...hottest, 'gone:[1]', 'nonsense'])
  t.equal(load.calls, 5)
  t.strictSame(cache.hottest(2), hottest, 'a key that is loaded again is as hot as before')
  await values.get(2)
  t.equal(load.calls, 5)
})

t.test('left out, nothing is kept and each read is a load', async (t) => {
  const { cache, metrics } = await buildCache(t, { OPTIMIZATIONS_OFF: 'value-cache' })
  const load = createLoad('value')
  const values = cache.define({ name: 'values', ttlMs: 60_000, load: load.run })
  t.equal(await values.get(), 'value')
  t.strictSame(await values.read(), { value: 'value', ageMs: 0 })
  t.equal(await values.refresh(), 'value')
  load.error = new Error('broken')
  await t.rejects(values.get(), { message: 'broken' })

  t.equal(load.calls, 4)
  const loads = await metrics.getSingleMetricAsString('cache_loads_total')
  t.match(loads, /outcome="ok"\} 3$/m)
  t.match(loads, /outcome="failed"\} 1$/m)
  t.match(await metrics.getSingleMetricAsString('cache_hit_ratio'), /\} 0$/m)
})

t.test('metrics tell reads and loads by cache, the share of hits, and the memory', async (t) => {
  const { cache, metrics } = await buildCache(t)
  const values = cache.define({ name: 'values', ttlMs: 60_000, load: async () => 'value' })
  const ratio = async () => await metrics.getSingleMetricAsString('cache_hit_ratio')
  t.match(await ratio(), /cache="values"\} 0$/m, 'before any read')
  await values.get()
  t.match(await ratio(), /cache="values"\} 0$/m)
  for (let i = 0; i < 3; i++) await values.get()

  t.match(await ratio(), /cache="values"\} 0.75$/m)
  const text = await metrics.metrics()
  t.match(text, 'cache_reads_total{cache="values",tier="memory",outcome="hit"} 3')
  t.match(text, 'cache_reads_total{cache="values",tier="memory",outcome="miss"} 1')
  t.match(text, 'cache_loads_total{cache="values",outcome="ok"} 1')
  t.match(text, 'cache_memory_entries 1')
  t.match(text, /cache_memory_bytes [1-9]\d\d/)
})

t.test('what is dear is shared through the database, and what is cheap is not', async (t) => {
  const { cache, documents, metrics } = await buildDatabaseCache(t)
  const dear = cache.define({ name: 'dear', ttlMs: 60_000, isDear: true, tags: () => ['a'], load: async (_id: number) => 'dear' })
  const cheap = cache.define({ name: 'cheap', ttlMs: 60_000, load: async () => 'cheap' })
  const entries = documents.collection<{ _id: string }>('cache_entries')
  await Promise.all([dear.get(1), cheap.get()])
  while (await entries.countDocuments({ _id: /^entry:/ }) === 0) await new Promise(setImmediate)

  t.strictSame(await entries.distinct('_id', { _id: /^entry:/ }), ['entry:dear:[1]'])
  t.match(await metrics.getSingleMetricAsString('cache_reads_total'), /cache="dear",tier="shared",outcome="miss"\} 1$/m)
  t.match(await metrics.getSingleMetricAsString('cache_reads_total'), /cache="cheap",tier="shared",outcome="miss"\} 0$/m)
})

t.test('a task is done by one process at a time, and by each where the tier is away', async (t) => {
  const one = await buildDatabaseCache(t)
  const other = await buildDatabaseCache(t, { MONGODB_URI: one.databaseAddress })
  t.equal(await one.cache.claimTask('warming', 60_000), true)
  t.equal(await other.cache.claimTask('warming', 60_000), false)
  t.equal(await one.cache.claimTask('warming', 60_000), true)
  t.equal(await other.cache.claimTask('another', 60_000), true)

  const alone = await buildCache(t, {}, { async updateOne () { throw new Error('away') } })
  alone.cache.define({ name: 'values', ttlMs: 1, load: async () => 1 })
  t.equal(await alone.cache.claimTask('warming', 60_000), true)
})

t.test('a failed load of a dear value gives its lease back', async (t) => {
  const one = await buildDatabaseCache(t)
  const load = createLoad('value')
  const values = one.cache.define({ name: 'values', ttlMs: 60_000, isDear: true, load: load.run })
  load.error = new Error('broken')
  await t.rejects(values.get(), { message: 'broken' })
  load.error = undefined
  t.equal(await values.get(), 'value')
})

t.test('a stale value of the shared tier is served and renewed', async (t) => {
  const one = await buildDatabaseCache(t)
  const other = await buildDatabaseCache(t, { MONGODB_URI: one.databaseAddress })
  const load = createLoad('old')
  const [here, there] = [one, other].map(({ cache }) => cache.define({ name: 'values', ttlMs: 1, staleMs: 60_000, isDear: true, load: load.run }))
  await here?.get()
  load.value = 'new'
  const entries = one.documents.collection<{ _id: string }>('cache_entries')
  while (await entries.countDocuments({ _id: 'entry:values:[]' }) === 0) await new Promise(setImmediate)

  t.equal(await there?.get(), 'old')
  t.match(await other.metrics.getSingleMetricAsString('cache_reads_total'), /tier="shared",outcome="stale"\} 1$/m)
  while (await there?.get() !== 'new') await delay(5)
})

t.test('the server closes while something is loaded, and what was loaded is stored before', async (t) => {
  const fastify = await buildDatabaseCache(t)
  const load = createLoad('value')
  const values = fastify.cache.define({ name: 'values', ttlMs: 60_000, isDear: true, load: async (_id: number) => await load.run() })
  await values.get(1)
  const release = load.hold()
  const late = values.get(2)
  while (load.calls < 2) await new Promise(setImmediate)
  await fastify.close()
  release()
  t.equal(await late, 'value')
})

t.test('the application has the cache, with the database as its shared tier', async (t) => {
  const fastify = await buildApp(t)
  const load = createLoad({ at: new Date(0) })
  const values = fastify.cache.define({ name: 'values of a test', ttlMs: 60_000, isDear: true, tags: () => ['a'], load: load.run })
  t.strictSame(await values.get(), { at: new Date(0) })
  t.strictSame(await values.get(), { at: new Date(0) })
  t.equal(load.calls, 1)
  await fastify.cache.invalidate(['a'])
  await values.get()
  t.equal(load.calls, 2)
})

t.test('instances that miss a dear value at once cause one load', async (t) => {
  const one = await buildDatabaseCache(t)
  const other = await buildDatabaseCache(t, { MONGODB_URI: one.databaseAddress })
  const load = createLoad('value')
  const release = load.hold()
  const reads = [one, other].map(({ cache }) => cache.define({ name: 'values', ttlMs: 60_000, isDear: true, load: load.run }).get())
  while (load.calls < 1) await delay(5)
  await delay(50)
  release()
  t.strictSame(await Promise.all(reads), ['value', 'value'])
  t.equal(load.calls, 1)
})

t.test('a refresh replaces what the fleet shares', async (t) => {
  const one = await buildDatabaseCache(t)
  const other = await buildDatabaseCache(t, { MONGODB_URI: one.databaseAddress })
  const load = createLoad('old')
  const [here, there] = [one, other].map(({ cache }) => cache.define({ name: 'values', ttlMs: 60_000, isDear: true, load: load.run }))
  await here?.get()
  load.value = 'new'
  t.equal(await here?.refresh(), 'new')
  const entries = one.documents.collection<{ _id: string }>('cache_entries')
  while (await entries.countDocuments({ _id: 'entry:values:[]' }) === 0) await delay(5)
  t.ok(['old', 'new'].includes(await there?.get() ?? ''))
  t.equal(load.calls, 2)
})

t.test('with the address of a Redis that is not there the server starts and loads for itself', async (t) => {
  const { cache, redis } = await buildCache(t, { REDIS_URL: 'redis://127.0.0.1:1' })
  const load = createLoad('old')
  const values = cache.define({ name: 'values', ttlMs: 60_000, tags: () => ['a'], load: load.run })
  t.equal(await values.get(), 'old')
  load.value = 'new'
  await cache.invalidate(['a'])
  t.equal(await values.get(), 'new')
  t.not(redis?.status, 'ready')
})
