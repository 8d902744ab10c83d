import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { buildCache, createLoad } from '../../../caches.ts'

/** A cache in memory of one load, with a clock of our own. Fresh for 90 to 100 s. */
async function build (t: Test, lifetimes: { staleMs?: number, graceMs?: number } = {}) {
  const { cache, metrics } = await buildCache(t)
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  t.teardown(() => { mock.timers.reset() })
  const load = createLoad('first')
  const values = cache.define({ name: 'values', ttlMs: 100_000, ...lifetimes, load: load.run })
  t.equal(await values.get(), 'first')
  load.value = 'second'
  return { load, values, metrics, cache }
}
const settle = () => new Promise(setImmediate)

t.test('a value is fresh for its time to live, and its age is known', async (t) => {
  const { load, values } = await build(t)
  mock.timers.tick(90_000)
  t.strictSame(await values.read(), { value: 'first', ageMs: 90_000 })
  mock.timers.tick(10_000)
  t.strictSame(await values.read(), { value: 'second', ageMs: 0 })
  t.equal(load.calls, 2)
})

t.test('values that were loaded together do not expire together', async (t) => {
  const { cache } = await build(t)
  const load = createLoad('value')
  const many = cache.define({ name: 'many', ttlMs: 100_000, load: async (_id: number) => await load.run() })
  const readAll = () => Promise.all(Array.from({ length: 1000 }, (_, id) => many.get(id)))
  await readAll()
  mock.timers.tick(95_000)
  await readAll()
  t.ok(load.calls > 1400 && load.calls < 1600, `${load.calls - 1000} of 1000 expired in the first half of the jitter`)
})

t.test('a hot key that expires under a thousand readers is loaded once', async (t) => {
  const { load, values } = await build(t)
  mock.timers.tick(100_000)
  const answers = await Promise.all(Array.from({ length: 1000 }, () => values.get()))
  t.strictSame(new Set(answers), new Set(['second']))
  t.equal(load.calls, 2)
})

t.test('a stale value is served at once while one load renews it', async (t) => {
  const { load, values, metrics } = await build(t, { staleMs: 50_000 })
  mock.timers.tick(100_000)
  const release = load.hold()
  t.strictSame(await Promise.all([values.get(), values.get(), values.get()]), ['first', 'first', 'first'])
  t.equal(load.calls, 2)
  release()
  await settle()
  t.equal(await values.get(), 'second')
  const { values: reads } = await metrics.getSingleMetric('cache_reads_total')?.get() ?? { values: [] }
  t.match(reads.filter(({ labels }) => labels.tier === 'memory'), [
    { value: 1, labels: { outcome: 'hit' } }, { value: 3, labels: { outcome: 'stale' } }, { value: 1, labels: { outcome: 'miss' } }
  ])

  mock.timers.tick(150_000)
  load.value = 'third'
  t.equal(await values.get(), 'third', 'beyond, readers wait')
})

t.test('if the renewal fails the stale value is served on, tried again after a second, to the end of its time', async (t) => {
  const { load, values } = await build(t, { staleMs: 50_000 })
  mock.timers.tick(100_000)
  load.error = new Error('broken')
  for (let i = 0; i < 5; i++) {
    t.equal(await values.get(), 'first')
    await settle()
  }
  t.equal(load.calls, 2)
  mock.timers.tick(1000)
  t.equal(await values.get(), 'first')
  await settle()
  t.equal(load.calls, 3)
  mock.timers.tick(50_000)
  await t.rejects(values.get(), { message: 'broken' })
})

t.test('within its grace an older value covers a failed load', async (t) => {
  const { load, values, metrics } = await build(t, { graceMs: 50_000 })
  mock.timers.tick(100_000)
  load.error = new Error('broken')
  t.strictSame(await Promise.all([values.get(), values.get()]), ['first', 'first'])
  t.equal(await values.get(), 'first')
  t.equal(load.calls, 2, 'not every reader tries again')
  const { values: loads } = await metrics.getSingleMetric('cache_loads_total')?.get() ?? { values: [] }
  t.match(loads, [{ value: 1, labels: { outcome: 'ok' } }, { value: 0, labels: { outcome: 'failed' } }, { value: 1, labels: { outcome: 'covered' } }])

  mock.timers.tick(1000)
  load.error = undefined
  t.equal(await values.get(), 'second')
})

t.test('after its grace, or an invalidation, nothing covers a failed load', async (t) => {
  const { load, values, cache } = await build(t, { graceMs: 50_000 })
  load.error = new Error('broken')
  mock.timers.tick(150_000)
  await t.rejects(values.get(), { message: 'broken' })

  const tagged = cache.define({ name: 'tagged', ttlMs: 1000, graceMs: 50_000, tags: () => ['a'], load: load.run })
  load.error = undefined
  await tagged.get()
  load.error = new Error('broken')
  await cache.invalidate(['a'])
  await t.rejects(tagged.get(), { message: 'broken' })
})
