import type { Redis } from 'ioredis'
import t from 'tap'
import { createRedisTier } from '../../../../plugins/app/cache/redis-tier.ts'

/** A Redis that notes the keys of each command and knows nothing. */
function record (answers: Record<string, unknown> = {}) {
  const commands: unknown[][] = []
  const command = (name: string) => async (...args: unknown[]) => {
    commands.push([name, ...args])
    return answers[name] ?? null
  }
  const redis = Object.fromEntries(['get', 'getBuffer', 'set', 'eval', 'publish'].map((name) => [name, command(name)]))
  return { commands, tier: createRedisTier(redis as unknown as Redis, 'me') }
}

t.test('each command names one key, so that a cluster takes them too', async (t) => {
  const { commands, tier } = record({ eval: 1 })
  await tier.read('key', ['a', 'b'])
  await tier.write('key', Buffer.from('stored'), 1000)
  await tier.invalidate(['a', 'b'])
  t.equal(await tier.claim('name', 'owner', 1000), true)
  await tier.release('name', 'owner')

  const keys = commands.map(([name, ...args]) => name === 'eval' ? args.slice(1, 3) : args[0])
  t.strictSame(keys, [
    'cache:entry:key', 'cache:tag:a', 'cache:tag:b', 'cache:tag:a', 'cache:tag:b',
    'cache:entry:key', 'cache:tag:a', 'cache:tag:b', 'cache:invalidations', [1, 'cache:lock:name'], [1, 'cache:lock:name']
  ])
})

t.test('a tag without a version gets one, or that of whoever was quicker', async (t) => {
  t.match((await record().tier.read('key', ['a'])).versions, { a: /^[0-9a-f-]{36}$/ })
  t.strictSame((await record({ set: 'quicker' }).tier.read('key', ['a'])).versions, { a: 'quicker' })
  t.strictSame((await record({ get: 'known' }).tier.read('key', ['a'])).versions, { a: 'known' })
})

t.test('others are told after the versions have changed, by whom and what', async (t) => {
  const { commands, tier } = record()
  await tier.invalidate(['a', 'b'])
  t.strictSame(commands.at(-1), ['publish', 'cache:invalidations', '["me","a","b"]'])
})
