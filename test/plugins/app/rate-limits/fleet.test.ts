import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { createFleet } from '../../../../plugins/app/rate-limits/fleet.ts'
import { Ledger } from '../../../../plugins/app/rate-limits/ledger.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

const LONG_MS = 600_000

interface Options {
  windowMs?: number
}

/** An instance of the fleet with a connection of its own, and what it said of Redis. */
async function startInstance (t: Test, url: string, { windowMs = LONG_MS }: Options = {}) {
  const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy: () => 50 })
  redis.on('error', () => {})
  await new Promise((resolve) => redis.once('ready', resolve))
  const told: string[] = []
  const fleet = createFleet(redis, { windowMs, onAway: () => { told.push('away') }, onBack: () => { told.push('back') } })
  await fleet.join()
  const ledger = new Ledger({ windowMs, maxAccounts: 1000, fleet })
  async function stop (): Promise<void> {
    await fleet.stop()
    redis.disconnect()
  }
  t.teardown(stop)
  return { fleet, ledger, redis, told, stop }
}

type Instance = Awaited<ReturnType<typeof startInstance>>

async function until (isTrue: () => boolean, limitMs = 5000): Promise<number> {
  const start = performance.now()
  while (!isTrue()) {
    if (performance.now() - start > limitMs) throw new Error('it never came')
    await delay(5)
  }
  return performance.now() - start
}

/** How many of `tries` requests of one unit each instance admits, all asking at the same time. */
async function admit (instances: readonly Instance[], { tries, key = 'user:1', quota = 1000 }: { tries: number, key?: string, quota?: number }): Promise<number> {
  let admitted = 0
  await Promise.all(instances.map(async ({ ledger }) => {
    for (let n = 0; n < tries; n++) if ((await ledger.spend(key, 1, quota)).isAllowed) admitted += 1
  }))
  return admitted
}

t.test('a fleet admits a budget together, to 5 %, however its requests are spread', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const instances = await Promise.all([1, 2, 3, 4].map(() => startInstance(t, url)))
  await until(() => instances.every(({ fleet }) => fleet.state.instances === 4))

  const even = await admit(instances, { tries: 750, key: 'user:even' })
  t.ok(even > 950 && even <= 1000, `evenly: ${even} of 1000`)
  const alone = await admit(instances.slice(0, 1), { tries: 3000, key: 'user:alone' })
  t.ok(alone > 950 && alone <= 1000, `by one instance: ${alone} of 1000`)
  // each instance holds what it was not asked for
  for (const instance of instances) await admit([instance], { tries: 1, key: 'user:primed' })
  const primed = 4 + await admit(instances.slice(1, 2), { tries: 3000, key: 'user:primed' })
  t.ok(primed > 950 && primed <= 1000, `after all have leased: ${primed} of 1000`)
})

t.test('Redis is asked once for many requests, and for refused ones hardly at all', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const instance = await startInstance(t, url)
  await admit([instance], { tries: 1000 })
  t.ok(instance.fleet.state.calls <= 30, `${instance.fleet.state.calls} calls for 1,000 requests`)
  const before = instance.fleet.state.calls
  await admit([instance], { tries: 10_000 })
  t.ok(instance.fleet.state.calls - before < 100, `${instance.fleet.state.calls - before} calls for 10,000 refused requests`)
})

t.test('for people, who come every few seconds, Redis is not asked each time', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const { fleet, ledger } = await startInstance(t, url)
  const realNow = Date.now
  t.teardown(() => { Date.now = realNow })
  for (let seconds = 0; seconds < 100; seconds += 25) {
    Date.now = () => realNow() + seconds * 1000
    await ledger.settle()
    t.match(await ledger.spend('user:1', 1, 1000), { isAllowed: true })
  }
  t.equal(fleet.state.calls, 1)
})

t.test('requests that wait together share one question to Redis', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const { fleet, ledger } = await startInstance(t, url)
  const standings = await Promise.all(Array.from({ length: 30 }, async () => ledger.spend('user:1', 1, 1000)))
  t.ok(standings.every(({ isAllowed }) => isAllowed))
  t.equal(fleet.state.calls, 1)
  t.match(await ledger.spend('user:1', 500, 1000), { isAllowed: true, quota: 1000, remaining: 470 })
  t.match(await ledger.spend('user:1', 471, 1000), { isAllowed: false, remaining: 470 }, 'refused with a part of it leased')
  t.match(await ledger.spend('user:1', 470, 1000), { isAllowed: true, remaining: 0 }, 'who asks for less is not refused with it')
})

t.test('units come back with time, for the whole fleet', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const instances = await Promise.all([1, 2].map(() => startInstance(t, url, { windowMs: 400 })))
  await until(() => instances.every(({ fleet }) => fleet.state.instances === 2))
  const start = performance.now()
  let admitted = 0
  while (performance.now() - start < 2000) {
    admitted += await admit(instances, { tries: 5, quota: 100 })
    await delay(1)
  }
  const windows = (performance.now() - start) / 400
  t.ok(admitted <= 100 * (windows + 1) * 1.05, `${admitted} units in ${windows.toFixed(1)} windows`)
  t.ok(admitted >= 100 * windows * 0.75, `${admitted} units in ${windows.toFixed(1)} windows`)
})

t.test('what was leased and not used is given back', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const [idle, busy] = await Promise.all([startInstance(t, url), startInstance(t, url)])
  await admit([idle], { tries: 1 })
  t.match(idle.ledger.refund('user:1', 300, 1000), { remaining: 1000 }, 'a refund is leased too')
  await idle.ledger.settle()
  t.ok(await admit([busy], { tries: 1500 }) < 1000, 'who was just here may come again')

  const realNow = Date.now
  t.teardown(() => { Date.now = realNow })
  Date.now = () => realNow() + 31_000
  await idle.ledger.settle()
  Date.now = realNow
  await delay(110)
  const later = await admit([busy], { tries: 1500 })
  t.ok(later > 0, `${later} more`)
})

t.test('an instance that stops, or dies, leaves its share to the others', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const [first, second] = await Promise.all([startInstance(t, url), startInstance(t, url)])
  await until(() => first.fleet.state.instances === 2)
  await second.stop()
  await until(() => first.fleet.state.instances === 1)

  const third = await startInstance(t, url)
  await until(() => first.fleet.state.instances === 2)
  third.redis.disconnect()
  await until(() => first.fleet.state.instances === 1)
  t.match(third.told, [/away/])
})

t.test('without Redis each instance limits at its share, at once; soon after its return the budget is shared again', needsRedis, async (t) => {
  const server = await startRedis(t)
  const instances = await Promise.all([1, 2, 3, 4].map(() => startInstance(t, server.url)))
  await until(() => instances.every(({ fleet }) => fleet.state.instances === 4))
  t.equal(await admit(instances, { tries: 50 }), 200)
  await server.kill()

  const away = await admit(instances, { tries: 1000 })
  t.ok(away > 750 && away <= 800, `${away} more while Redis is away: the share of each, what it had spent included`)
  t.match(await instances[0]?.ledger.spend('user:2', 250, 1000), { isAllowed: true, quota: 250, remaining: 0 })
  t.match(await instances[0]?.ledger.spend('user:2', 1, 1000), { isAllowed: false, quota: 250 })
  await instances[0]?.ledger.settle()

  await server.start()
  const backMs = await until(() => instances.every(({ fleet }) => !fleet.state.isAway))
  t.ok(backMs < 2000, `back after ${backMs} ms`)
  for (const { ledger } of instances) await ledger.settle()
  await delay(110)
  t.equal(await admit(instances, { tries: 20 }), 0, 'what was spent meanwhile counts, although Redis forgot the rest')
  t.match(instances.map(({ told }) => told), Array.from({ length: 4 }, () => ['away', 'back']))
})

t.test('a pause of this process is not taken for the silence of Redis', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const { ledger, told } = await startInstance(t, url)
  const spent = ledger.spend('user:1', 1, 1000)
  const end = performance.now() + 400
  while (performance.now() < end);
  t.match(await spent, { isAllowed: true })
  t.strictSame(told, [])
})

t.test('a Redis that hangs delays one request by a fifth of a second, and no other', needsRedis, async (t) => {
  const server = await startRedis(t)
  const { fleet, ledger } = await startInstance(t, server.url)
  server.pause()
  const start = performance.now()
  t.match(await ledger.spend('user:1', 1, 1000), { isAllowed: true })
  t.ok(performance.now() - start < 1000)
  t.not(ledger.spendNow('user:1', 1, 1000), undefined, 'nobody waits now')
  t.ok(fleet.state.isAway)
  server.resume()
  t.ok(await until(() => !fleet.state.isAway) < 2000)
})

t.test('what cannot be reported is reported later', needsRedis, async (t) => {
  const server = await startRedis(t)
  const { fleet, ledger } = await startInstance(t, server.url)
  await ledger.spend('user:1', 1, 1000)
  await server.kill()
  await until(() => fleet.state.isAway)
  ledger.spendNow('user:1', 100, 1000)
  await server.start()
  await until(() => !fleet.state.isAway)
  await server.kill()
  await ledger.settle()
  await server.start()
  await until(() => !fleet.state.isAway)
  await ledger.settle()
  t.match(await ledger.spend('user:1', 1, 1000), { isAllowed: true, remaining: 898 })
})
