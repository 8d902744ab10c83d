import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { createSampler } from '../../../../plugins/app/load/sampler.ts'

function spin (ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

t.test('CPU time and event loop are those since the last sample, not since the start', async (t) => {
  const sampler = createSampler({ cores: 1, memoryBytes: 1e12, delayMs: 1000, intervalMs: 1e9 })
  t.teardown(() => { sampler.stop() })
  await delay(1)
  sampler.take()
  const [before, begin] = [process.cpuUsage(), performance.now()]
  spin(200)
  await delay(1)
  const busy = sampler.take()
  // a busy machine gives less than a core
  const { user, system } = process.cpuUsage(before)
  const given = (user + system) / 1000 / (performance.now() - begin)
  await delay(300)
  const idle = sampler.take()

  t.ok(busy.event_loop > 0.9, `event loop ${busy.event_loop}`)
  t.ok(Math.abs(busy.cpu - Math.min(1, given)) < 0.1, `CPU ${busy.cpu} of ${given}`)
  t.ok(idle.event_loop < busy.event_loop / 2 && idle.cpu < busy.cpu / 2, `idle: event loop ${idle.event_loop}, CPU ${idle.cpu}`)
})

t.test('the load is that of what is scarcest', async (t) => {
  const sampler = createSampler({ cores: 1e6, memoryBytes: process.memoryUsage.rss(), delayMs: 1e9, intervalMs: 1e9 })
  t.teardown(() => { sampler.stop() })
  await delay(20)
  const { value, memory, heap, cpu } = sampler.take()

  t.ok(memory > 0.5)
  t.equal(value, memory)
  t.ok(heap > 0 && heap < 1)
  t.ok(cpu < 0.01, 'of a million cores')
})

t.test('a delay of the event loop counts by its limit, and never as more than full', async (t) => {
  const sampler = createSampler({ cores: 1, memoryBytes: 1e12, delayMs: 50, intervalMs: 1e9 })
  t.teardown(() => { sampler.stop() })
  t.equal(sampler.take().delay, 0, 'there was no tick yet')
  await delay(30)
  spin(300)
  await delay(30)

  t.equal(sampler.take().delay, 1)
})

t.test('a loop that stood still is late itself, with too few ticks to tell', async (t) => {
  const sampler = createSampler({ cores: 1, memoryBytes: 1e12, delayMs: 100, intervalMs: 20 })
  t.teardown(() => { sampler.stop() })
  const end = performance.now() + 200
  while (performance.now() < end);

  t.equal(sampler.take().delay, 1)
})
