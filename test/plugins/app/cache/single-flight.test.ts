import t from 'tap'
import { createFlights } from '../../../../plugins/app/cache/flights.ts'
import { createTagClock } from '../../../../plugins/app/cache/tag-clock.ts'
import { buildCache, createLoad, PATIENT } from '../../../caches.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

t.test('a load is joined until it ends, and not after an invalidation of its tags', async (t) => {
  const clock = createTagClock()
  const join = createFlights<string>(clock)
  const started: number[] = []
  const load = createLoad('value')
  const release = load.hold()
  const ask = (tags = ['a']) => join('key', tags, async (since) => { started.push(since); return await load.run() })

  const early = [ask(), ask()]
  clock.invalidate(['other'])
  early.push(ask())
  t.equal(load.calls, 1)
  clock.invalidate(['a'])
  const late = [ask(), ask()]
  t.strictSame(started, [0, 2])
  release()
  t.strictSame(await Promise.all([...early, ...late]), Array(5).fill('value'))
  await ask()
  t.equal(load.calls, 3, 'what has ended is not joined')
})

t.test('a load that fails fails all that wait for it, and the next one loads again', async (t) => {
  const { cache } = await buildCache(t)
  const load = createLoad('value')
  const values = cache.define({ name: 'values', ttlMs: 1000, load: load.run })
  load.error = new Error('broken')

  const results = await Promise.allSettled([values.get(), values.get(), values.read()])
  t.strictSame(results.map(({ status }) => status), ['rejected', 'rejected', 'rejected'])
  load.error = undefined
  t.equal(await values.get(), 'value')
  t.equal(load.calls, 2)
})

t.test('a thousand readers of a missing key cause one load, and each gets a value of its own', async (t) => {
  const { cache } = await buildCache(t)
  const load = createLoad({ list: [1, 2, 3] })
  const values = cache.define({ name: 'values', ttlMs: 1000, load: load.run })
  const answers = await Promise.all(Array.from({ length: 1000 }, () => values.get()))

  t.equal(load.calls, 1)
  answers[0]?.list.push(4)
  t.strictSame(answers[1], { list: [1, 2, 3] })
  t.strictSame(await values.get(), { list: [1, 2, 3] })
})

t.test('refreshing loads anew, once for all that refresh at a time', async (t) => {
  const { cache } = await buildCache(t)
  const load = createLoad('old')
  const values = cache.define({ name: 'values', ttlMs: 60_000, load: load.run })
  await values.get()
  load.value = 'new'

  t.equal(await values.get(), 'old')
  t.strictSame(await Promise.all([values.refresh(), values.refresh()]), ['new', 'new'])
  t.equal(await values.get(), 'new')
  t.equal(load.calls, 2)
})

t.test('eight instances that miss a key at once cause one load, however quick it is', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const instances = await Promise.all(Array.from({ length: 8 }, () => buildCache(t, { ...PATIENT, REDIS_URL: url })))
  const load = createLoad('value')
  const caches = instances.map(({ cache }) => cache.define({ name: 'values', ttlMs: 60_000, tags: (id) => [`tag:${id}`], load: async (_id: number) => await load.run() }))

  for (let id = 1; id <= 20; id++) {
    t.strictSame(await Promise.all(caches.map((values) => values.get(id))), Array(8).fill('value'))
    t.equal(load.calls, id)
  }
})
