import { mock } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t from 'tap'
import { run } from '../../../process.ts'
import { needsRedis, startRedis } from '../../../redis.ts'
import { buildInstance, countRuns, until } from './instance.ts'

const LOCK = 'cache:lock:task:cache-warming'
const LONGEST_PAUSE_MS = 330_001

t.test('of two instances one refreshes, again and again, and the other takes over what it finds', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const loads = { one: 0, two: 0 }
  const build = async (name: 'one' | 'two') => {
    const { fastify } = await buildInstance(t, { env: { REDIS_URL: url } })
    const load = async () => { loads[name] += 1; return name }
    const cache = fastify.cache.define({ name: 'ranking', ttlMs: 300_000, load })
    fastify.cacheWarming.add('ranking', { warm: () => cache.get(), refresh: () => cache.refresh() })
    await fastify.ready()
    return fastify
  }
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => { mock.timers.reset() })
  const fleet = [await build('one'), await build('two')]
  t.equal(loads.one + loads.two, 1, 'what the first has loaded the second finds in the shared tier')

  const countAll = async () => (await Promise.all(fleet.map(countRuns))).flatMap((runs) => Object.values(runs)).reduce((sum, count) => sum + count, 0)
  for (const round of [1, 2, 3]) {
    mock.timers.tick(LONGEST_PAUSE_MS)
    await until(async () => await countAll() === 2 + 2 * round)
  }
  const [one = {}, two = {}] = await Promise.all(fleet.map(countRuns))
  const [runner, other] = 'refresh ok' in one ? [one, two] : [two, one]
  t.strictSame(runner, { 'start ok': 1, 'refresh ok': 3 })
  t.strictSame(other, { 'start ok': 1, 'follow ok': 3 })
})

t.test('when the runner is killed another instance takes over', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const redis = new Redis(url)
  t.teardown(() => { redis.disconnect() })
  const env = { REDIS_URL: url, CACHE_WARMING_INTERVAL_MS: '500' }
  const process = run(t, ['server.ts'], { ...env, PORT: '0', DEMO_USERS: '0', CACHE_SHARED_TIMEOUT_MS: '10000' })
  await process.printed(/Server listening/)
  const ownerIs = async (wanted: (owner: string | null) => boolean) => {
    while (!wanted(await redis.get(LOCK))) await delay(20)
  }
  await ownerIs((owner) => owner !== null)
  const runner = await redis.get(LOCK)

  const { fastify } = await buildInstance(t, { env: { ...env, CACHE_WARMING_INTERVAL_MS: 500 } })
  await fastify.ready()
  await process.stop('SIGKILL')
  await ownerIs((owner) => owner !== null && owner !== runner)
  await until(async () => Number((await countRuns(fastify))['refresh ok']) >= 1)
})
