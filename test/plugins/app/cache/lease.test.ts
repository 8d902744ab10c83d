import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { GuardedTier } from '../../../../plugins/app/cache/guarded-tier.ts'
import { acquireLease } from '../../../../plugins/app/cache/lease.ts'
import type { SharedTier } from '../../../../plugins/app/cache/shared-tier.ts'

/** A tier with one lock that counts what is done to it, with a clock of our own. */
function build (t: Test) {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  t.teardown(() => { mock.timers.reset() })
  const lock = { owner: undefined as string | undefined, claims: 0 }
  const shared = {
    async claim (_name: string, owner: string) { lock.claims += 1; lock.owner ??= owner; return lock.owner === owner },
    async release (_name: string, owner: string) { if (lock.owner === owner) lock.owner = undefined }
  } as unknown as SharedTier
  const tier = { use: (work) => work(shared, new AbortController().signal) } as GuardedTier
  return { lock, acquire: () => acquireLease(shared, tier, 'name') }
}

t.test('one has the lease until it gives it back', async (t) => {
  const { acquire } = build(t)
  const lease = await acquire()
  t.ok(lease)
  t.equal(await acquire(), null)
  await lease?.release()
  t.ok(await acquire())
})

t.test('it is prolonged from the time that it is kept until it is released', async (t) => {
  const { acquire, lock } = build(t)
  const lease = await acquire()
  mock.timers.tick(5000)
  t.equal(lock.claims, 1, 'what nobody keeps lapses')
  lease?.keep()
  mock.timers.tick(1400)
  t.equal(lock.claims, 3)
  await lease?.release()
  mock.timers.tick(5000)
  t.equal(lock.claims, 3)
})

t.test('a load that hangs does not keep it for ever', async (t) => {
  const { acquire, lock } = build(t)
  const lease = await acquire()
  lease?.keep()
  for (let i = 0; i < 100; i++) mock.timers.tick(700)
  t.ok(lock.claims > 40 && lock.claims < 45, '30 s of prolonging, each 700 ms')
})
