import t from 'tap'
import { encodeEntry, encodeValue } from '../../../../plugins/app/cache/entry.ts'
import { createEntrySource } from '../../../../plugins/app/cache/entry-source.ts'
import type { GuardedTier } from '../../../../plugins/app/cache/guarded-tier.ts'
import type { SharedTier } from '../../../../plugins/app/cache/shared-tier.ts'

const WANTED = { key: 'key', tags: [], load: async () => 'value' }

/** A source over a tier that has `answers` one after the other, and notes what is done about its lock. */
function build (answers: Array<Uint8Array | null>, signal: AbortSignal) {
  const done: string[] = []
  const shared = {
    read: async () => ({ stored: answers.shift() ?? null, versions: {} }),
    async claim () { done.push('claim'); return true },
    async release () { done.push('release') }
  } as unknown as SharedTier
  const tier: GuardedTier = { use: async (work) => await work(shared, signal) }
  const source = createEntrySource({ tier, counts: {} as never, lifetimes: { ttlMs: 1, staleMs: 0, graceMs: 0 }, isShared: async () => true })
  return { done, source }
}

t.test('what another process stored just before the lease was had is not loaded again', async (t) => {
  const end = Date.now() + 60_000
  const stored = encodeEntry({ bytes: encodeValue('value'), loadedAt: 0, freshUntil: end, staleUntil: end, expiresAt: end }, {})
  const { done, source } = build([null, stored], new AbortController().signal)
  const found = await source.find(WANTED, 'freshUntil')
  await source.settle()
  t.ok(found?.entry)
  t.equal(found?.lease, undefined)
  t.strictSame(done, ['claim', 'release'])
})

t.test('a lease that comes too late is given back', async (t) => {
  const { done, source } = build([], AbortSignal.abort())
  t.equal((await source.find(WANTED, 'freshUntil'))?.lease, undefined)
  await source.settle()
  t.strictSame(done, ['claim', 'release'])
})
