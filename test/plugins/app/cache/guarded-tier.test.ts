import { readFile } from 'node:fs/promises'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { createGuardedTier } from '../../../../plugins/app/cache/guarded-tier.ts'
import type { SharedTier } from '../../../../plugins/app/cache/shared-tier.ts'

const never = new Promise<never>(() => {})

/** A guard whose tier does what `work` says, with a clock of our own. */
function guard (t: Test) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => { mock.timers.reset() })
  const state = { calls: 0, errors: [] as unknown[], work: async (): Promise<string> => 'answer' }
  const tier = createGuardedTier({} as SharedTier, { timeoutMs: 40, onError: (error) => state.errors.push(error) })
  const use = () => tier.use(async () => { state.calls += 1; return await state.work() })
  return { state, tier, use }
}
/** Lets everything run that waits for nothing but promises. */
const settle = () => new Promise((resolve) => { setImmediate(resolve) })

t.test('an answer is handed on, an error is none', async (t) => {
  const { state, use } = guard(t)
  t.equal(await use(), 'answer')
  state.work = async () => { throw new Error('broken') }
  t.equal(await use(), undefined)
  t.match(state.errors, [{ message: 'broken' }])
})

t.test('nobody waits longer than the limit, and the work is told', async (t) => {
  const errors: unknown[] = []
  const tier = createGuardedTier({} as SharedTier, { timeoutMs: 40, onError: (error) => errors.push(error) })
  let signal: AbortSignal | undefined
  const used = tier.use((_tier, given) => { signal = given; return never })
  t.equal(signal?.aborted, false)
  t.equal(await used, undefined)
  t.equal(signal?.aborted, true)
  t.match(errors, [{ message: /no answer within 40 ms/ }])
})

t.test('a pause of this process is not taken for silence', async (t) => {
  const tier = createGuardedTier({} as SharedTier, { timeoutMs: 40, onError: (error) => { t.fail('failed', { error }) } })
  const used = tier.use(async () => await readFile(import.meta.filename, 'utf8'))
  const end = performance.now() + 100
  while (performance.now() < end);
  t.match(await used, 'this very text')
})

t.test('after three failures in a row it is left alone for a second, then one tries and the others do not wait', async (t) => {
  const { state, use } = guard(t)
  state.work = async () => { throw new Error('broken') }
  for (let i = 0; i < 5; i++) await use()
  t.equal(state.calls, 3)
  t.equal(state.errors.length, 3, 'being left alone is no error')

  mock.timers.tick(1000)
  let answer: (text: string) => void = () => {}
  state.work = () => new Promise((resolve) => { answer = resolve })
  const trial = use()
  t.equal(await use(), undefined)
  await settle()
  answer('back')
  t.equal(await trial, 'back')
  t.equal(state.calls, 4)
  state.work = async () => 'answer'
  t.equal(await use(), 'answer', 'all use it again')
})
