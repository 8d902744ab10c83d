import Fastify from 'fastify'
import fp from 'fastify-plugin'
import cache from '../plugins/app/cache/index.ts'
import metrics from '../plugins/app/metrics/index.ts'
import config from '../plugins/external/config.ts'
import redis from '../plugins/external/redis.ts'

/*
 * A process of the fleet, as the test of the fleet needs it: says `ready`, reads one key when Redis tells it to, says
 * `loading` where the load is its own, and `value` when it has it.
 */
const fastify = Fastify()
const noDatabase = fp(async (fastify) => { fastify.decorate('documents', { collection: () => ({}) } as never) }, { name: 'documents' })
await fastify.register(config, { env: { NODE_ENV: 'test', REDIS_URL: process.env.REDIS_URL ?? '', CACHE_SHARED_TIMEOUT_MS: 10_000 } })
for (const plugin of [metrics, noDatabase, redis, cache]) await fastify.register(plugin)
await fastify.ready()

const { redis: client } = fastify
if (client === null) throw new Error('REDIS_URL is not set')
const values = fastify.cache.define({
  name: 'values',
  ttlMs: 60_000,
  tags: (key: string) => [key],
  async load (key: string) {
    await client.incr(`loads:${key}`)
    console.log(`loading ${key}`)
    while (await client.exists(`hold:${key}`) === 1) await new Promise((resolve) => { setTimeout(resolve, 10) })
    return 42
  }
})
const orders = client.duplicate({ enableOfflineQueue: true })
orders.on('message', (_channel: string, key: string) => {
  values.get(key).then((value) => { console.log(`value ${key} ${value}`) }, (error: unknown) => { console.log(error) })
})
await orders.subscribe('orders')
console.log('ready')
