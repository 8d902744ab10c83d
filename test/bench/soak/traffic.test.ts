import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { until } from '../../../bench/harness/until.ts'
import type { Deed, Scene } from '../../../bench/soak/scene.ts'
import { startTraffic } from '../../../bench/soak/traffic.ts'

const PATIENCE_MS = 60_000

async function fail (): Promise<number> {
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
}

async function failWithoutCode (): Promise<number> {
  throw new Error('no answer')
}

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

t.test('a refusal by 503 is counted apart, each other status or error that is not right by its name', async (t) => {
  const deeds: Deed[] = [
    { name: 'refused', part: 1, statuses: [200], run: async () => 503 },
    { name: 'not found', part: 1, statuses: [200, 201], run: async () => 404 },
    { name: 'not connected', part: 1, statuses: [200], run: fail },
    { name: 'not answered', part: 1, statuses: [200], run: failWithoutCode }
  ]
  const traffic = startTraffic({} as Scene, 1000, deeds)
  const tallies = traffic.tallies()
  await until('each deed', async () => [...tallies.values()].every(({ done }) => done > 0))
  await traffic.end(PATIENCE_MS)

  const refused = tallies.get('refused')
  t.match(refused, { refused: refused?.done })
  t.equal(refused?.wrong.size, 0)
  for (const [name, what] of [['not found', '404'], ['not connected', 'ECONNREFUSED'], ['not answered', 'Error: no answer']] as const) {
    const tally = tallies.get(name)
    t.match(tally, { refused: 0 })
    t.strictSame([...tally?.wrong ?? []], [[what, tally?.done]])
  }
})

t.test('a server that answers nothing gets no more than so many at once, and what it cuts off at the end is not counted', async (t) => {
  const cut = new AbortController()
  const deed: Deed = { name: 'a deed', part: 1, statuses: [200], run: () => delay(PATIENCE_MS, 200, { signal: cut.signal }) }
  const traffic = startTraffic({} as Scene, 20_000, [deed])
  await until('skipped deeds', async () => traffic.skipped() > 0)
  await traffic.end(1)
  cut.abort()
  await delay(10)
  t.match(traffic.tallies().get('a deed'), { done: 0, refused: 0 })
  t.equal(traffic.tallies().get('a deed')?.wrong.size, 0)
})

t.test('nothing to do is done', async (t) => {
  const traffic = startTraffic({} as Scene, 1000, [])
  await delay(20)
  await traffic.end(PATIENCE_MS)
  t.equal(traffic.tallies().size, 0)
  t.equal(traffic.skipped(), 0)
})
