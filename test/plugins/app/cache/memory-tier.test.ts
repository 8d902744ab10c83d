import t from 'tap'
import { createMemoryTier, type Held } from '../../../../plugins/app/cache/memory-tier.ts'

const held = (size: number, hits = 0): Held =>
  ({ bytes: new Uint8Array(size), loadedAt: 0, freshUntil: 1, staleUntil: 1, expiresAt: 1, since: 0, hits })

t.test('memory is bounded by bytes, and what was used last stays', async (t) => {
  const memory = createMemoryTier(100_000)
  memory.set('first', held(1000))
  for (let i = 0; i < 1000; i++) {
    memory.set(`key ${i}`, held(1000))
    memory.get('first')
    if (memory.size().bytes > 100_000) t.fail('above the bound')
  }

  t.ok(memory.size().bytes > 90_000)
  t.ok(memory.size().entries < 100)
  t.ok(memory.get('first'))
  t.ok(memory.get('key 999'))
  t.equal(memory.get('key 0'), undefined)
})

t.test('small values count with what it costs to keep them', async (t) => {
  const memory = createMemoryTier(100_000)
  for (let i = 0; i < 1000; i++) memory.set(`key ${i}`, held(1))
  t.ok(memory.size().entries < 250)
})

t.test('a value above the bound is not kept, and takes the place of none but its older self', async (t) => {
  const memory = createMemoryTier(10_000)
  memory.set('small', held(100))
  memory.set('large', held(100))
  memory.set('large', held(20_000))

  t.equal(memory.get('large'), undefined)
  t.ok(memory.get('small'))
})

t.test('the hottest keys are those asked for most', async (t) => {
  const memory = createMemoryTier(100_000)
  for (const [key, hits] of [['cold', 0], ['warm', 2], ['hot', 3], ['tepid', 1]] as const) memory.set(key, held(10, hits))

  t.strictSame(memory.hottest(2), ['hot', 'warm'])
  t.strictSame(memory.hottest(10), ['hot', 'warm', 'tepid'])
})
