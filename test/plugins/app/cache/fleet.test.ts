import { Redis } from 'ioredis'
import t from 'tap'
import { run } from '../../../process.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

t.test('eight processes miss a key at once', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const redis = new Redis(url)
  t.teardown(() => { redis.disconnect() })
  const fleet = Array.from({ length: 8 }, () => run(t, ['test/cache-process.ts'], { REDIS_URL: url }))
  await Promise.all(fleet.map(({ printed }) => printed(/ready/)))

  await t.test('one of them loads it, for all', async (t) => {
    await redis.set('hold:first', '')
    await redis.publish('orders', 'first')
    await Promise.any(fleet.map(({ printed }) => printed(/loading first/)))
    await redis.del('hold:first')
    await Promise.all(fleet.map(({ printed }) => printed(/value first 42/)))
    t.equal(await redis.get('loads:first'), '1')
  })

  await t.test('if it is killed meanwhile, another one loads it', async (t) => {
    await redis.set('hold:second', '')
    await redis.publish('orders', 'second')
    const loader = await Promise.any(fleet.map(async (member) => {
      await member.printed(/loading second/)
      return member
    }))
    await loader.stop('SIGKILL')
    await redis.del('hold:second')
    await Promise.all(fleet.filter((member) => member !== loader).map(({ printed }) => printed(/value second 42/)))
    t.equal(await redis.get('loads:second'), '2')
  })
})
