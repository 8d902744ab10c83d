import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { buildInstance, countRuns, until } from './instance.ts'

const INTERVAL_MS = 1000
/** Longer than the longest pause, shorter than two of the shortest. */
const ONE_PAUSE_MS = 1101
const env = { CACHE_WARMING_INTERVAL_MS: INTERVAL_MS }

function stopClock (t: Test): void {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => { mock.timers.reset() })
}

/** Work that counts its calls and may be held up. */
function createWork () {
  let open = () => {}
  const work = {
    calls: 0,
    gate: Promise.resolve(),
    hold: () => { work.gate = new Promise((resolve) => { open = resolve }) },
    release: () => { open() },
    run: async () => {
      work.calls += 1
      await work.gate
    }
  }
  return work
}

t.test('the start warms all parts at once and waits for them; a failing one is logged and stops nothing', async (t) => {
  const first = createWork()
  const second = createWork()
  first.hold()
  const { fastify, lines } = await buildInstance(t, {
    parts: { first: { warm: first.run }, broken: { warm: async () => { throw new Error('boom') } }, second: { warm: second.run } }
  })
  let isReady = false
  const ready = fastify.ready().then(() => { isReady = true })
  await until(() => second.calls === 1)
  t.equal(isReady, false)
  first.release()

  await ready
  t.strictSame(await countRuns(fastify), { 'start failed': 1 })
  t.match(lines, [{ level: 40, msg: 'cache warming failed', part: 'broken', run: 'start', err: { message: 'boom' } }])
})

t.test('a start that takes too long goes on in the background', async (t) => {
  stopClock(t)
  const slow = createWork()
  slow.hold()
  const { fastify, lines } = await buildInstance(t, { parts: { slow: { warm: slow.run } } })
  const ready = fastify.ready()
  await until(() => slow.calls === 1)
  mock.timers.tick(3000)

  await ready
  t.match(lines, [{ level: 40, msg: 'cache not warm at the start', limitMs: 3000 }])
  slow.release()
  await until(async () => (await countRuns(fastify))['start ok'] === 1)
})

t.test('a run begins an interval after the end of the last, so that they never overlap', async (t) => {
  stopClock(t)
  const work = createWork()
  const { fastify } = await buildInstance(t, { env, parts: { work: { refresh: work.run } } })
  await fastify.ready()
  work.hold()
  mock.timers.tick(899)
  await new Promise(setImmediate)
  t.equal(work.calls, 0, 'no run before the shortest pause')

  mock.timers.tick(ONE_PAUSE_MS - 899)
  await until(() => work.calls === 1)
  mock.timers.tick(5 * INTERVAL_MS)
  await new Promise(setImmediate)
  t.equal(work.calls, 1, 'none while one is under way')
  work.release()
  await until(async () => (await countRuns(fastify))['refresh ok'] === 1)
  mock.timers.tick(ONE_PAUSE_MS)
  await until(() => work.calls === 2)
})

t.test('the server waits at its stop for a run that is under way, but not for ever, and begins no other', async (t) => {
  stopClock(t)
  const work = createWork()
  const { fastify } = await buildInstance(t, { env, parts: { work: { refresh: work.run } } })
  await fastify.ready()
  work.hold()
  mock.timers.tick(ONE_PAUSE_MS)
  await until(() => work.calls === 1)
  const closed = fastify.close()
  // the stop begins some turns after it was asked for, and long before the run ends
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
  work.release()
  await closed
  mock.timers.tick(10 * INTERVAL_MS)
  t.equal(work.calls, 1)

  const hanging = createWork()
  hanging.hold()
  const { fastify: other, lines } = await buildInstance(t, { env, parts: { hanging: { refresh: hanging.run } } })
  await other.ready()
  mock.timers.tick(ONE_PAUSE_MS)
  await until(() => hanging.calls === 1)
  let isClosed = false
  const stopped = other.close().then(() => { isClosed = true })
  // the stop begins its clock some turns after it was asked for
  await until(() => { mock.timers.tick(100); return isClosed })
  await stopped
  t.match(lines, [{ level: 40, msg: 'cache warming not ended at the stop' }])
})

t.test('a part has a name of its own', async (t) => {
  const { fastify } = await buildInstance(t, { parts: { prices: {} } })
  t.throws(() => { fastify.cacheWarming.add('prices', { warm: async () => {}, refresh: async () => {} }) }, { message: /'prices'/ })
})

t.test('left out, or without kept values, it warms nothing', async (t) => {
  for (const OPTIMIZATIONS_OFF of ['cache-warming', 'value-cache']) {
    const work = createWork()
    const { fastify } = await buildInstance(t, { env: { OPTIMIZATIONS_OFF }, parts: { work: { warm: work.run } } })
    await fastify.ready()
    t.equal(work.calls, 0, OPTIMIZATIONS_OFF)
  }
})
