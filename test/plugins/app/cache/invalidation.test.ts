import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { GuardedTier } from '../../../../plugins/app/cache/guarded-tier.ts'
import { createInvalidation } from '../../../../plugins/app/cache/invalidation.ts'
import type { SharedTier } from '../../../../plugins/app/cache/shared-tier.ts'
import { createTagClock } from '../../../../plugins/app/cache/tag-clock.ts'

/** Invalidation over a tier that notes what it is told, or is away; with a clock of our own. */
function build (t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => { mock.timers.reset() })
  const state = { isAway: false, told: [] as string[][], gate: Promise.resolve() }
  const shared = { invalidate: async (tags: readonly string[]) => { await state.gate; state.told.push([...tags]) } } as unknown as SharedTier
  const tier: GuardedTier = { use: async (work) => state.isAway ? undefined : await work(shared, new AbortController().signal) }
  const clock = createTagClock()
  const invalidation = createInvalidation({ clock, tier, metrics: { invalidated: () => {} } as never })
  return { state, clock, ...invalidation }
}
/** Lets everything run that waits for nothing but promises. */
const settle = () => new Promise((resolve) => { setImmediate(resolve) })

t.test('the shared tier is told once, and is not asked before it knows', async (t) => {
  const { state, invalidate, isShared } = build(t)
  let open: () => void = () => {}
  state.gate = new Promise((resolve) => { open = resolve })
  const told = invalidate(['a', 'b'])
  let answer: boolean | undefined
  const asked = isShared(['b', 'c']).then((is) => { answer = is })
  await settle()
  t.equal(answer, undefined, 'it waits for what is under way')
  t.equal(await isShared(['c']), true)
  open()
  await Promise.all([told, asked])
  t.equal(answer, true)
  t.strictSame(state.told, [['a', 'b']])
})

t.test('nothing to invalidate is nothing to tell', async (t) => {
  const { state, invalidate, clock } = build(t)
  await invalidate([])
  t.equal(clock.now(), 0)
  t.strictSame(state.told, [])
})

t.test('what the shared tier missed it is told every second until it hears it', async (t) => {
  const { state, invalidate, isShared } = build(t)
  state.isAway = true
  await Promise.all([invalidate(['a']), invalidate(['b'])])
  t.equal(await isShared(['a']), false)
  mock.timers.tick(1000)
  await settle()
  state.isAway = false
  mock.timers.tick(1000)
  await settle()
  t.strictSame(state.told, [['a', 'b']])
  t.equal(await isShared(['a', 'b']), true)
  mock.timers.tick(5000)
  t.equal(state.told.length, 1)
})

t.test('an attempt that succeeds does not hide a later one that fails', async (t) => {
  const { state, invalidate, isShared } = build(t)
  let open: () => void = () => {}
  state.gate = new Promise((resolve) => { open = resolve })
  const first = invalidate(['a'])
  state.isAway = true
  await invalidate(['a'])
  open()
  await first
  t.equal(await isShared(['a']), false)
})

t.test('many are told again in parts, and the first failure ends the attempt', async (t) => {
  const { state, invalidate, makeUp } = build(t)
  state.isAway = true
  await invalidate(Array.from({ length: 450 }, (_, i) => `tag ${i}`))
  await makeUp()
  state.isAway = false
  await makeUp()
  t.strictSame(state.told.map(({ length }) => length), [200, 200, 50])
})

t.test('when the bus opens nothing older is current', async (t) => {
  const { clock, makeUp } = build(t)
  const before = clock.now()
  await makeUp()
  t.notOk(clock.isCurrent([], before))
})

t.test('what waits for the shared tier is bounded', async (t) => {
  const { state, invalidate, isShared } = build(t)
  state.isAway = true
  await invalidate(Array.from({ length: 100_001 }, (_, i) => `tag ${i}`))
  t.equal(await isShared(['tag 99999']), false)
  t.equal(await isShared(['tag 100000']), true, 'its entries live no longer than their time')
})

t.test('after the close nothing is tried again', async (t) => {
  const { state, invalidate, close } = build(t)
  state.isAway = true
  await invalidate(['a'])
  close()
  await invalidate(['b'])
  state.isAway = false
  mock.timers.tick(5000)
  await settle()
  t.strictSame(state.told, [])
})

t.test('what another process has invalidated is not current, and is not told again', async (t) => {
  const { state, clock, heard } = build(t)
  const before = clock.now()
  heard(['a'])
  t.notOk(clock.isCurrent(['a'], before))
  t.strictSame(state.told, [])
})
