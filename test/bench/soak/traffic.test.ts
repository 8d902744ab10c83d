import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { until } from '../../../bench/harness/until.ts'
import type { Deed, Scene } from '../../../bench/soak/scene.ts'
import { startTraffic } from '../../../bench/soak/traffic.ts'

const PATIENCE_MS = 60_000

t.test('traffic that is paused begins nothing, and ends what is under way before', async (t) => {
  let begun = 0
  let done = 0
  const deed: Deed = {
    name: 'a deed',
    part: 1,
    statuses: [200],
    async run () {
      begun++
      await delay(20)
      done++
      return 200
    }
  }
  const traffic = startTraffic({} as Scene, 500, [deed])
  await until('deeds', async () => begun >= 20)

  await traffic.pause(PATIENCE_MS)
  const atPause = begun
  t.equal(done, atPause)
  await delay(50)
  t.equal(begun, atPause)

  traffic.resume()
  await until('deeds', async () => begun >= atPause + 20)
  await traffic.end(PATIENCE_MS)
  t.equal(done, begun)
  t.match(traffic.tallies().get('a deed'), { done: begun, refused: 0 })
  t.equal(traffic.tallies().get('a deed')?.wrong.size, 0)
})
