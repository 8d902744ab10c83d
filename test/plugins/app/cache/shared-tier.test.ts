import { Redis } from 'ioredis'
import { Binary, MongoServerError } from 'mongodb'
import t, { type Test } from 'tap'
import { createDatabaseTier } from '../../../../plugins/app/cache/database-tier.ts'
import { createRedisTier } from '../../../../plugins/app/cache/redis-tier.ts'
import type { TagVersions } from '../../../../plugins/app/cache/entry.ts'
import type { SharedTier } from '../../../../plugins/app/cache/shared-tier.ts'
import { buildDatabaseCache } from '../../../caches.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

/** The contract of every shared tier, and that it waits for locks to lapse by its own clock. */
function keepsTheContract (t: Test, tier: SharedTier) {
  t.test('what is written is read, until it is written again', async (t) => {
    t.equal((await tier.read('key', [])).stored, null)
    await tier.write('key', Buffer.from([0, 255, 10]), 60_000)
    t.strictSame(Buffer.from((await tier.read('key', [])).stored ?? []), Buffer.from([0, 255, 10]))
    await tier.write('key', Buffer.from('other'), 60_000)
    t.equal(String(Buffer.from((await tier.read('key', [])).stored ?? [])), 'other')
    t.equal((await tier.read('other key', [])).stored, null)
  })

  t.test('a tag has one version for all that ask, until it is invalidated', async (t) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => tier.read('key', ['a', 'b'])))
    const versions: TagVersions = answers[0]?.versions ?? {}
    for (const answer of answers) t.strictSame(answer.versions, versions)

    await Promise.all([tier.invalidate(['a', 'new']), tier.invalidate(['a', 'new'])])
    const after = (await tier.read('key', ['a', 'b', 'new'])).versions
    t.not(after.a, versions.a)
    t.equal(after.b, versions.b)
    t.ok(after.new)
    t.strictSame((await tier.read('key', ['new', 'a'])).versions, { new: after.new, a: after.a })
  })

  t.test('a lock has one owner, who may prolong it and alone may release it', async (t) => {
    const claims = await Promise.all(['one', 'two', 'three'].map((owner) => tier.claim('lock', owner, 60_000)))
    t.strictSame(claims.filter(Boolean), [true])
    const owner = ['one', 'two', 'three'][claims.indexOf(true)] ?? ''
    t.equal(await tier.claim('lock', owner, 60_000), true)
    await tier.release('lock', 'stranger')
    t.equal(await tier.claim('lock', 'stranger', 60_000), false)
    await tier.release('lock', owner)
    t.equal(await tier.claim('lock', 'stranger', 60_000), true)
  })

  t.test('a lock lapses', async (t) => {
    t.equal(await tier.claim('brief', 'one', 1), true)
    while (!await tier.claim('brief', 'two', 60_000)) await new Promise(setImmediate)
    t.equal(await tier.claim('brief', 'one', 1), false)
  })
}

t.test('Redis as shared tier', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const redis = new Redis(url)
  t.teardown(() => { redis.disconnect() })
  keepsTheContract(t, createRedisTier(redis, 'sender'))

  t.test('every key has a time to live', async (t) => {
    const keys = await redis.keys('*')
    const lives = await Promise.all(keys.map((key) => redis.pttl(key)))
    t.ok(keys.length > 5)
    t.ok(lives.every((life) => life > 0 && life <= 7_200_000))
  })
})

t.test('the database as shared tier', async (t) => {
  const { documents } = await buildDatabaseCache(t)
  keepsTheContract(t, createDatabaseTier({ documents }))

  t.test('every document has the time from which its time to live counts', async (t) => {
    const found = await documents.collection('cache_entries').find({}).toArray()
    t.ok(found.length > 4)
    t.ok(found.every(({ createdAt }) => createdAt instanceof Date))
    t.ok(found.some(({ stored }) => stored instanceof Binary))
  })

  t.test('of two that insert at once the second one updates; another fault is a fault', async (t) => {
    const faults = [new MongoServerError({ code: 11_000 })]
    let writes = 0
    const racing = {
      ...documents,
      collection: () => ({
        async updateOne () {
          writes += 1
          const fault = faults.shift()
          if (fault) throw fault
        }
      })
    }
    const tier = createDatabaseTier({ documents: racing as never })
    await tier.invalidate(['a'])
    t.equal(writes, 2)
    faults.push(new MongoServerError({ code: 1 }))
    await t.rejects(tier.invalidate(['a']), { code: 1 })
  })

  t.test('nothing is kept longer than its document lives', async (t) => {
    await t.rejects(createDatabaseTier({ documents }).write('key', Buffer.from('x'), 3_600_001), RangeError)
  })

  t.test('what is wrong with the database is no lock of somebody else', async (t) => {
    const broken = { ...documents, collection: () => ({ updateOne: async () => { throw new Error('broken') } }) }
    await t.rejects(createDatabaseTier({ documents: broken as never }).claim('lock', 'one', 1000), { message: 'broken' })
  })
})
