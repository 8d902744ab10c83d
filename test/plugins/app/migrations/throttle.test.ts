import t from 'tap'
import { pause, pauseAfter } from '../../../../plugins/app/migrations/throttle.ts'

t.test('work is a share of the time, but no pause is endless', async (t) => {
  t.strictSame([pauseAfter(80, 50), pauseAfter(80, 20), pauseAfter(80, 100)], [80, 320, 0])
  t.equal(pauseAfter(60_000, 1), 5000)
})

t.test('a pause ends with its time, or when it is stopped', async (t) => {
  const stop = new AbortController()
  await pause(1, stop.signal)
  const long = pause(2 ** 30, stop.signal)
  stop.abort()
  await long
  await pause(2 ** 30, stop.signal)
  t.pass('over')
})
